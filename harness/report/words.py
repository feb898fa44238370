"""Facts as people read them, and (from `harness.model.words`) numbers: all that a report says anything with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import inf, isnan

from markupsafe import Markup, escape

from harness.model.words import NONE, count, millis, quantity, rate, seconds, share, when
from harness.results import ExpectationSummary, FaultSummary, Figures, OperationSummary, Summary

__all__ = [
    "NONE",
    "breakable",
    "count",
    "effect",
    "error_share",
    "headline",
    "main_operation",
    "margin",
    "millis",
    "number",
    "percent_of",
    "plain_facts",
    "quantile",
    "quantity",
    "rate",
    "seconds",
    "sentence",
    "share",
    "times",
    "trust",
    "when",
]

_OF_SHARE = {0.5: "half of all", 0.9: "9 of 10", 0.95: "95 of 100", 0.99: "99 of 100", 0.999: "999 of 1,000"}


def times(ratio: float | None) -> str:
    """A ratio: `6.6×`, `24×`."""
    if ratio is None or isnan(ratio):
        return NONE
    return "∞" if ratio == inf else f"{ratio:,.0f}×" if ratio >= 9.95 else f"{ratio:.1f}×"


def margin(expectation: ExpectationSummary) -> str:
    """How far the value is from its limit: `6.6×` inside, `1.3× over`; a dash where a ratio says nothing."""
    value, limit = expectation.value, expectation.limit
    if not value or not limit or value == inf or value < 0:
        return NONE
    inside = limit / value if expectation.cmp in ("<=", "<") else value / limit
    return (
        times(inside) if inside >= 1 else f"{times(1 / inside)} {'over' if expectation.cmp in ('<=', '<') else 'short'}"
    )


def effect(value: float | None, kind: str = "ratio") -> str:
    """What a candidate is, seen from its base: `+8.2 %`, `−0.4 %`, `+0.12 pp` (percentage points) for a difference of shares."""
    if value is None or isnan(value):
        return NONE
    if value in (inf, -inf):
        return "∞" if value > 0 else "−∞"
    percent = abs(value * 100)
    unit = "pp" if kind == "difference" else "%"
    shown = f"{percent:.0f}" if percent >= 99.5 else f"{percent:.1f}" if unit == "%" else f"{percent:.2f}"
    sign = "" if float(shown) == 0 else "+" if value > 0 else "−"
    return f"{sign}{shown} {unit}"


def number(value: float | None) -> str:
    """A reading without a unit that we know: `3`, `0.42`, `1,250`, `2.4M`."""
    if value is None or isnan(value):
        return NONE
    for size, sign in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:.3g}{sign}"
    return (
        f"{value:,.0f}"
        if abs(value) >= 99.5 or value == int(value)
        else f"{value:.2g}"
        if abs(value) < 1
        else f"{value:.1f}"
    )


def sentence(text: str) -> tuple[str, str]:
    """A reason split into what it is about and what is said of it: `errors <= 5%` and `0.62 %`; the first is empty without a colon."""
    about, colon, said = text.partition(": ")
    return (about, said) if colon and len(about) <= 90 else ("", text)


def quantile(of: float) -> str:
    """`p99`, `p99.9`."""
    return f"p{of * 100:g}"


def error_share(figures: Figures | None) -> float | None:
    """Errors of requests; None without requests."""
    return figures.errors / figures.requests if figures and figures.requests else None


def headline(summary: Summary) -> str:
    """The verdict as a sentence; experiment's own where it gave one."""
    said = {
        "pass": "everything that was expected held",
        "fail": "something that was expected broke",
        "unknown": "the harness could not tell",
    }
    return summary.title or f"{summary.scenario}: {said[summary.verdict.value]}"


def plain_facts(summary: Summary) -> tuple[str, ...]:
    """What somebody reads who reads nothing else. Only what was measured is said."""
    facts = [_latency(summary), _failures(summary), *_recoveries(summary.faults)]
    return tuple(fact for fact in facts if fact)


def main_operation(summary: Summary) -> OperationSummary | None:
    """The one that a quantile is expected of, else the sum of all."""
    by_name = {operation.name: operation for operation in summary.operations}
    words = [word for one in summary.expectations if one.unit == "ms" for word in one.text.split()]
    return next((by_name[word] for word in words if word in by_name), summary.overall)


def _latency(summary: Summary) -> str:
    main = main_operation(summary)
    if main is None or not main.requests:
        return ""
    name = "requests" if main is summary.overall else f"{main.name} requests"
    limit = _limit_of(summary, main)
    if not summary.faults or main.calm is None or not main.calm.requests:
        return f"{_OF_SHARE[0.99]} {name} were answered within {millis(main.latency_ms.p99)}{limit}."
    calm = f"In calm, {_OF_SHARE[0.99]} {name} were answered within {millis(main.calm.latency_ms.p99)}{limit}"
    if main.hurt is None or not main.hurt.requests:
        return f"{calm}."
    return f"{calm}; under faults, within {millis(main.hurt.latency_ms.p99)}."


def _limit_of(summary: Summary, main: OperationSummary) -> str:
    """What is allowed of the same quantile of the same operation, where it was expected of calm or of the whole run."""
    for one in summary.expectations:
        words = one.text.split()
        steady = "during" not in words or words[-1] == "steady"
        if words[:1] == ["p99"] and main.name in words and steady and one.unit == "ms" and one.limit is not None:
            return f" (limit {millis(one.limit)})"
    return ""


def _failures(summary: Summary) -> str:
    overall, lost = summary.overall, summary.arrivals
    if overall is None or not overall.requests:
        return ""
    failed = (
        f"{count(overall.errors)} of {count(overall.requests)} requests failed"
        if overall.errors
        else f"None of {count(overall.requests)} requests failed"
    )
    shown = f" ({share(error_share(overall))})" if overall.errors else ""
    gone = [
        f"{count(n)} {word}"
        for n, word in ((lost.queued, "queued"), (lost.dropped, "dropped"), (lost.unanswered, "unanswered"))
        if n
    ]
    return f"{failed}{shown}{'; arrivals ' + _listed(gone) if gone else ''}."


def _recoveries(faults: Sequence[FaultSummary]) -> Iterator[str]:
    """Told one by one where they are few, else the worst of them."""
    never = [fault.name for fault in faults if fault.recovery_censored]
    known = sorted((f for f in faults if f.recovery_s is not None), key=lambda f: -(f.recovery_s or 0.0))
    if never:
        yield f"After {_listed(never)} the service was not back to normal when the run ended."
    for fault in known if len(known) <= 3 else known[:1]:
        worst = "" if len(known) <= 3 else f", the slowest of {len(known)} recoveries"
        yield f"After {fault.name} the service was back to normal {_soon(fault)}{worst}."


def _soon(fault: FaultSummary) -> str:
    if not fault.recovery_s:
        return f"at once (within {fault.recovery_uncertainty_s:g} s)"
    return f"in {seconds(fault.recovery_s)} ± {fault.recovery_uncertainty_s:g} s"


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:4]) + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def trust(summary: Summary) -> str:
    """Whether the run can be trusted, and if not, what spoilt it."""
    if not summary.validity:
        return "Nobody judged whether this run can be trusted."
    spoilt = [check for check in summary.validity if check.verdict != "pass"]
    if spoilt:
        told = "; ".join(check.why or check.check for check in spoilt[:4])
        more = f"; and {len(spoilt) - 4} more" if len(spoilt) > 4 else ""
        return f"This run can't be fully trusted: {told}{more}."
    return f"This run can be trusted: {count(len(summary.validity))} of {count(len(summary.validity))} validity checks passed."


def percent_of(expectation: ExpectationSummary) -> float | None:
    """How much of its limit a value uses, percent of a bar that ends at twice the limit; None where there is nothing to show."""
    value, limit = expectation.value, expectation.limit
    if value is None or not limit or value < 0 or limit < 0:
        return None
    return 100.0 if value == inf else min(100.0, 50.0 * value / limit)


def breakable(name: str) -> Markup:
    """A name that may be broken where a reader would: behind `_`, `/`, `.` and `-`, and anywhere in what is too long."""
    pieces = (
        piece[at : at + 24] for piece in re.findall(r"[^_/.\-]*[_/.\-]?", name) for at in range(0, len(piece), 24)
    )
    return Markup("<wbr>").join(escape(piece) for piece in pieces)
