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
    "is_answered",
    "main_operation",
    "margin",
    "millis",
    "never_answered",
    "number",
    "percent_of",
    "plain_facts",
    "quantile",
    "quantity",
    "rate",
    "recovered",
    "seconds",
    "sentence",
    "share",
    "times",
    "trust",
    "when",
]

_OF_SHARE = {0.5: "half of all", 0.9: "9 of 10", 0.95: "95 of 100", 0.99: "99 of 100", 0.999: "999 of 1,000"}
P99 = 0.99
_MOMENT_S = 0.01  # times of a summary are rounded


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
        return f"{_waits(main, name, limit)}."
    calm = f"In calm, {_waits(main.calm, name, limit)}"
    if main.hurt is None or not main.hurt.requests:
        return f"{calm}."
    both = all(is_answered(one) for one in (main.calm, main.hurt))
    return f"{calm}; under faults, {f'within {millis(main.hurt.latency_ms.p99)}' if both else _waits(main.hurt, 'requests')}."


def is_answered(figures: Figures) -> bool:
    """Whether the p99 is that of an answer: what was never answered counts with the time it waited, and what was dropped without end."""
    return never_answered(figures) <= 1 - P99


def never_answered(figures: Figures) -> float:
    """The share of all requests."""
    gone = sum(figures.outcomes.get(outcome, 0) for outcome in ("unanswered", "dropped"))
    return gone / figures.requests if figures.requests else 0.0


def _waits(figures: Figures, name: str, limit: str = "") -> str:
    p99 = figures.latency_ms.p99
    if is_answered(figures):
        return f"{_OF_SHARE[P99]} {name} were answered within {millis(p99)}{limit}"
    never = f"{share(never_answered(figures))} of {'all ' if name == 'requests' else ''}{name} were never answered"
    return never if p99 in (None, inf) else f"{never}, and 1 of 100 waited at least {millis(p99)}{limit}"


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
    never = [(fault, _followed_by(fault, faults)) for fault in faults if fault.recovery_censored]
    known = sorted(
        (f for f in faults if f.recovery_s is not None and not f.recovery_censored), key=lambda f: -(f.recovery_s or 0)
    )
    if at_end := [fault.name for fault, following in never if not following]:
        yield f"After {_listed(at_end)} the service was not back to normal when the run ended."
    if begun := [(fault.name, following) for fault, following in never if following]:
        next_one = begun[0][1] if len(begun) == 1 else "the next fault"
        yield f"After {_listed([name for name, _ in begun])} the service was not back to normal when {next_one} began."
    for fault in known if len(known) <= 3 else known[:1]:
        worst = "" if len(known) <= 3 else f", the slowest of {len(known)} recoveries"
        yield f"After {fault.name} the service was back to normal {_soon(fault)}{worst}."


def _followed_by(fault: FaultSummary, faults: Sequence[FaultSummary]) -> str:
    """The fault that began while the service was still watched after this one; nothing where the run ended first."""
    if fault.to_s is None:
        return ""
    until = inf if fault.recovery_s is None else fault.to_s + fault.recovery_s + _MOMENT_S
    later = [(f.from_s, f.name) for f in faults if f is not fault and f.from_s is not None and f.from_s >= fault.to_s]
    at, name = min(later, default=(inf, ""))
    return name if at <= until else ""


def recovered(fault: FaultSummary) -> str:
    """In a cell: `1.5 s`, or `not within 18 s` where the next fault or the run's end came first."""
    if not fault.recovery_censored:
        return seconds(fault.recovery_s)
    return f"not within {seconds(fault.recovery_s)}" if fault.recovery_s else "not while watched"


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
