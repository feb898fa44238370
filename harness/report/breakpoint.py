"""The report of a search for a break: what holds, what breaks, latency against the number that was varied, and every trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.report.breakpoint_chart import latency_against
from harness.report.html import laid_out
from harness.report.markdown import MARK, cell, escaped, row, table
from harness.report.scene import NARROW, WIDE
from harness.report.words import count, millis, quantity, rate, seconds, share, when
from harness.results import Breakpoint, BreakpointTrial, RunFolder
from harness.results.disk import replace


def write_breakpoint(folder: RunFolder, found: Breakpoint) -> list[Path]:
    """Write `report.html` and `report.md`, each in one step. Raises EnvironmentFailed."""
    contents = {
        "report.html": breakpoint_html(found),
        "report.md": breakpoint_markdown(found),
    }
    for name, text in contents.items():
        replace(folder.file(name), text.encode(errors="replace"))
    return [folder.file(name) for name in contents]


def breakpoint_html(found: Breakpoint) -> str:
    """The whole page."""
    pictures = [drawn for size in (WIDE, NARROW) if (drawn := latency_against(found, size))]
    return laid_out(
        "breakpoint.html.j2", found=found, facts=tuple(facts(found)), pictures=pictures, trials=_in_order(found)
    )


def breakpoint_markdown(found: Breakpoint) -> str:
    """Short enough for a comment."""
    lines = [
        f"## {MARK[found.verdict]}: {escaped(found.title)}",
        "",
        f"{escaped(found.scenario)} · {escaped(found.target)} · {when(found.started)} · {seconds(found.duration_s)}",
        "",
        *(f"- {escaped(fact)}" for fact in facts(found)),
        "",
        *table(f"{found.vary}:|Answered:|Errors:|p50:|p99:|Verdict|Run"),
        *(_row(found, one) for one in _in_order(found)),
    ]
    return "\n".join(lines) + "\n"


def facts(found: Breakpoint) -> Iterator[str]:
    """What came out, in sentences."""
    yield f"{found.why[:1].upper()}{found.why[1:]}."
    if found.saturated:
        yield f"What gave way first was the {found.saturated}: {found.saturated_why}"
    elif found.breaks is not None or found.unclear is not None:
        why = f": {found.saturated_why}" if found.saturated_why else "."
        yield f"What gave way first could not be told{why}"
    if found.knee is not None:
        yield f"From {quantity(found.knee, found.unit)} {'down' if found.falling else 'on'} p99 rises steeply (the knee)."
    elif found.trials:
        yield "The trials show no knee: p99 is flat, rises evenly, or was seen at too few values."
    bounds = f"{quantity(found.floor, found.unit)} to {quantity(found.ceiling, found.unit)}"
    yield f"Searched from {bounds}, to within {share(found.tolerance)}; {count(len(found.trials))} trials."


def _in_order(found: Breakpoint) -> list[BreakpointTrial]:
    """The mildest first."""
    return sorted(found.trials, key=lambda one: one.value, reverse=found.falling)


def _row(found: Breakpoint, one: BreakpointTrial) -> str:
    errors = share(one.errors / one.requests) if one.requests else "–"
    figures = (f"{rate(one.rate)}/s", errors, millis(one.latency_ms.p50), millis(one.latency_ms.p99))
    return row(quantity(one.value, found.unit), *figures, MARK[one.verdict], cell(one.run))
