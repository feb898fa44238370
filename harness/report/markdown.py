"""The report as Markdown, short enough for a comment under a pull request (60 lines at most)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

from harness.report.one_each import one_each
from harness.report.words import (
    NONE,
    count,
    error_share,
    headline,
    margin,
    millis,
    plain_facts,
    quantity,
    rate,
    recovered,
    seconds,
    share,
    trust,
    when,
)
from harness.results import FaultSummary, FindingSummary, OperationSummary, Status, Summary

MOST = {"reasons": 4, "expectations": 6, "faults": 3, "operations": 5, "findings": 4, "errors": 3}
_LONG = 120  # characters of a text that stands in a line with others
MOST_CURLS = 2
ROOM = 3  # lines for them, so that the comment has its 60
MOST_CURL = 4000  # characters; a comment on GitHub has 65,536
_CHANGED_IN_LINE = re.compile(r"\s\s|[\t\r\n\v\f]")  # blanks that a browser makes one of
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&~])")
MARK = {"pass": "✅ pass", "fail": "❌ fail", "unknown": "❔ unknown"}
_LEVEL = {"error": 0, "warning": 1, "note": 2}


def render_markdown(summary: Summary) -> str:
    """Verdict and reasons first, then what a reviewer asks next."""
    lines = [
        *_head(summary),
        *_expectations(summary),
        *_faults(summary.faults),
        *_operations(summary),
        *_findings(summary),
        *_foot(summary),
    ]
    return "\n".join(lines) + "\n"


def _head(summary: Summary) -> Iterator[str]:
    yield f"## {MARK[summary.verdict]}: {escaped(headline(summary))}"
    yield ""
    if summary.status not in (Status.COMPLETE, Status.STOPPED):
        yield f"**This run is {summary.status}**: it did not come to its own end.  "
    if summary.repeats:
        yield f"This run repeats {escaped(summary.repeats.run)}, which could not be trusted: {escaped(summary.repeats.why)}  "
    yield f"{escaped(summary.scenario)} · {escaped(summary.target)} · {when(summary.started)} · {seconds(summary.duration_s)}"
    yield ""
    yield from (f"- **{escaped(reason)}**" for reason in summary.why[: MOST["reasons"]])
    yield from _rest(summary.why, "reasons", before="- … ")
    yield from (f"- {escaped(fact)}" for fact in (*plain_facts(summary)[:4], trust(summary)))
    yield ""


def _expectations(summary: Summary) -> Iterator[str]:
    if not summary.expectations:
        return
    yield from table("Expectation|Measured:|Limit:|Margin:|Verdict")
    for one in summary.expectations[: MOST["expectations"]]:
        yield row(
            cell(one.text),
            quantity(one.value, one.unit),
            quantity(one.limit, one.unit),
            margin(one),
            MARK[one.verdict],
        )
    yield from _rest(summary.expectations, "expectations")
    yield ""


def _faults(faults: Sequence[FaultSummary]) -> Iterator[str]:
    if not faults:
        return
    yield from table("Fault|What|From:|To:|Seen in force|Back to normal:")
    for fault in faults[: MOST["faults"]]:
        seen = {True: "yes", False: "no", None: "no probe could tell"}[fault.in_force]
        yield row(
            escaped(fault.name),
            escaped(f"{fault.edge}: {fault.describe}"),
            seconds(fault.from_s),
            seconds(fault.to_s),
            seen,
            recovered(fault),
        )
    yield from _rest(faults, "faults")
    yield ""


def _operations(summary: Summary) -> Iterator[str]:
    if not summary.operations:
        return
    yield from table("Operation|Per second:|Errors:|p50:|p99:|p99 calm:|p99 hurt:")
    most = sorted(summary.operations, key=lambda o: -o.requests)
    for one in most[: MOST["operations"]]:
        yield _operation(one)
    yield from _rest(most, "operations")
    yield ""


def _operation(one: OperationSummary) -> str:
    calm = millis(one.calm.latency_ms.p99) if one.calm else NONE
    hurt = millis(one.hurt.latency_ms.p99) if one.hurt else NONE
    figures = (
        rate(one.rate),
        share(error_share(one)),
        millis(one.latency_ms.p50),
        millis(one.latency_ms.p99),
        calm,
        hurt,
    )
    return row(cell(one.name), *figures)


def _findings(summary: Summary) -> Iterator[str]:
    worst: list[FindingSummary] = sorted(
        one_each(summary.findings), key=lambda f: (f.accepted != "", _LEVEL[f.level], -f.count)
    )
    room = ROOM
    for place, one in enumerate(worst[: MOST["findings"]]):
        under = f", under {escaped(one.fault)}" if one.fault else ""
        level = "accepted" if one.accepted else one.level
        yield f"- {level} · {escaped(one.source)} · {code(one.operation)}: {escaped(one.message)} ({count(one.count)}×{under})"
        if one.curl and one.level == "error" and not one.accepted and place < MOST_CURLS and room:
            lines = _reproduction(one.curl, room)
            room -= len(lines)
            yield from lines
    yield from _rest(worst, "findings", before="- … ")
    if worst:
        yield ""


def _reproduction(curl: str, room: int) -> list[str]:
    """In a line where that changes nothing, else fenced; what needs more lines stands in the page."""
    lines = fenced(curl) if _CHANGED_IN_LINE.search(curl) else [f"  {code(curl)}"]
    if len(lines) > room or len(curl) > MOST_CURL:
        return ["  The request that shows it has no room here: [report.html](report.html#findings)."]
    return lines


def _foot(summary: Summary) -> Iterator[str]:
    if summary.audit:
        yield (
            "Audit: "
            + "; ".join(
                f"{escaped(one.check)} {MARK[one.verdict]} ({count(one.checked)} checked)" for one in summary.audit
            )
            + "  "
        )
    if summary.pacts:
        kept = sum(one.verdict == "pass" for one in summary.pacts)
        yield f"Pacts: {kept} of {len(summary.pacts)} interactions hold  "
    yield from _counted(summary)
    yield f"Everything: [report.html](report.html), run {code(summary.run)}"


def _counted(summary: Summary) -> Iterator[str]:
    """Errors, coverage and gaps, a line each."""
    if summary.errors:
        worst = sorted(summary.errors, key=lambda e: -e.count)[: MOST["errors"]]
        shown = (f"{count(e.count)}× {code(e.operation)} {escaped(short(e.text or e.outcome))}" for e in worst)
        yield f"Errors: {'; '.join(shown)}{others(len(summary.errors) - len(worst), 'errors')}  "
    if summary.contract.coverage:
        seen = (f"{count(c.seen)} of {count(c.total)} {escaped(c.kind)}" for c in summary.contract.coverage)
        yield f"Coverage: {'; '.join(seen)}  "
    if summary.not_tested:
        more = others(len(summary.not_tested) - 1, "not-tested")
        yield f"Not tested: {escaped(short(summary.not_tested[0]))}{more}  "


def short(text: str) -> str:
    """As much as fits a line with others."""
    return shorten(text, _LONG, placeholder=" …")


def others(many: int, place: str) -> str:
    """How many are left out, with a link to their section; nothing where none are."""
    return f"; and [{count(many)} more](report.html#{place})" if many > 0 else ""


def _rest(items: Sequence[object], kind: str, *, before: str = "\n… ") -> Iterator[str]:
    if len(items) > MOST[kind]:
        yield f"{before}and {len(items) - MOST[kind]} more {kind} in [report.html](report.html#{kind})."


def table(heads: str) -> Iterable[str]:
    """A head that ends with a colon is a column of numbers."""
    names = heads.split("|")
    return row(*(name.rstrip(":") for name in names)), "|" + "|".join(
        "---:" if name.endswith(":") else "---" for name in names
    ) + "|"


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """In a line, as it is but for the ends of lines."""
    plain = " ".join(text.splitlines())
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    fence = _longer_than_any(plain, 1)
    return f"{fence}{pad}{plain}{pad}{fence}" if plain else ""


def cell(text: str) -> str:
    """In a table, where even code is split at a bar (GitHub Flavored Markdown, 4.10)."""
    return code(" ".join(text.split()).replace("|", "\\|"))


def fenced(text: str) -> list[str]:
    """What is to be pasted into a shell, untouched."""
    fence = _longer_than_any(text, 3)
    return [f"{fence}sh", *text.split("\n"), fence]


def _longer_than_any(text: str, least: int) -> str:
    """Back-ticks that no text inside ends."""
    return "`" * max(least, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
