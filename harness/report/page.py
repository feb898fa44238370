"""What the HTML page shows, worked out from the summary and the windows; the templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite

from harness.model.histogram import Histogram
from harness.report.arms import Curve, Dumbbell, by_nines, dumbbells, nines_table
from harness.report.one_each import one_each
from harness.report.rows import MOST_OPERATIONS, OperationRow, matrix_faults, matrix_rows, operation_rows, ratio
from harness.report.scene import ARMS_NARROW, ARMS_WIDE, NARROW, WIDE, Scene, letter
from harness.report.sections import Sections, of_run
from harness.report.timeline import Picture, timeline_of
from harness.report.words import headline, plain_facts
from harness.results import (
    ErrorGroup,
    FindingSummary,
    RunReader,
    Series,
    Status,
    Summary,
    summary_of,
)

_LEVELS = ("error", "warning", "note")
_VERDICT_OF_LEVEL = {"error": "fail", "warning": "unknown", "note": "note"}
MOST = {
    "findings": 100,
    "errors": 50,
    "timings": 50,
    "cases": 20,
    "pacts": 200,
    "reasons": 8,
    "expectations": 200,
    "faults": 60,
    "validity": 100,
    "bands": 40,
    "matrix": MOST_OPERATIONS,
    "operations": MOST_OPERATIONS,
    "legend": 26,
    "marks": 40,
    "steps": 40,
    "curl": 4000,
    "text": 2000,
}
"""What a page shows of each; it says how many more there are, and where. `curl` and `text`: characters of a reproduction, and of what is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a template needs. `problems` say what is missing of an incomplete run."""

    summary: Summary
    headline: str
    facts: tuple[str, ...]
    problems: tuple[str, ...]
    timeline: tuple[Picture, ...]
    comparison: Picture
    operations: tuple[OperationRow, ...]
    told: Sections
    nines: Picture
    curves: tuple[Curve, ...]
    shares: tuple[tuple[str, tuple[float | None, ...]], ...]
    findings: tuple[FindingSummary, ...]
    errors: tuple[ErrorGroup, ...]
    letters: Mapping[str, str]
    verdict_of_level: Mapping[str, str]
    most: Mapping[str, int]

    def shorter(self, by: int) -> Page:
        """With 1/`by` of each list and reproduction, a few rows at least."""
        most = {name: max(4, number // by) for name, number in MOST.items()}
        return replace(self, most=most, operations=self.operations[: most["operations"]])


def _lasted(summary: Summary) -> float:
    """Seconds: as planned, and no longer than it went on where something ended it before."""
    cut = summary.status is not Status.COMPLETE
    return min(summary.load_s, summary.duration_s) if cut else summary.load_s


def page_of(reader: RunReader) -> Page:
    """Read a run folder. Raises what `RunReader` raises."""
    summary, series = summary_of(reader), reader.latencies()
    scene = Scene(
        end_s=max(series.end_ns / 1e9, _lasted(summary)),
        stages=summary.stages,
        faults=summary.faults[: MOST["bands"]],
        findings=[(one.level, one.at_s) for one in summary.findings if one.at_s is not None],
        marks=summary.marks,
    )
    curves, parts = _curves(series, summary), series.by_operation()
    return Page(
        summary=summary,
        headline=headline(summary),
        facts=plain_facts(summary),
        problems=_problems(reader),
        timeline=timeline_of(series, parts, scene, summary),
        comparison=_comparison(summary),
        operations=operation_rows(summary, parts, scene),
        told=of_run(summary, matrix_rows(summary, parts), matrix_faults(summary)),
        nines=_nines(curves),
        curves=curves,
        shares=nines_table(curves),
        findings=tuple(
            sorted(one_each(summary.findings), key=lambda f: (f.accepted != "", _LEVELS.index(f.level), -f.count))
        ),
        errors=tuple(sorted(summary.errors, key=lambda e: -e.count)),
        letters={fault.name: letter(index) for index, fault in enumerate(summary.faults)},
        verdict_of_level=_VERDICT_OF_LEVEL,
        most=MOST,
    )


def _problems(reader: RunReader) -> tuple[str, ...]:
    if reader.is_complete:
        return ()
    ended = reader.record.why.strip()
    told = tuple(text for text in (ended, *reader.problems) if text)
    return told or ("It did not come to its own end.",)


def _comparison(summary: Summary) -> Picture:
    title, caption = "Calm against hurt", "p99 in the steady state (ring) and under faults (disc), logarithmic"
    if not summary.faults:
        return Picture(title=title, empty="This run had no fault, so there is no hurt stretch to compare.")
    both = [o for o in summary.operations if ratio(o.calm, o.hurt) is not None]
    if not both:
        return Picture(title=title, empty="No operation was seen both in the steady state and under a fault.")
    worst = sorted(both, key=lambda o: -(ratio(o.calm, o.hurt) or 0))[:12]
    pairs = [
        Dumbbell(o.name, o.calm.latency_ms.p99 or 0, o.hurt.latency_ms.p99 or 0) for o in worst if o.calm and o.hurt
    ]
    pairs = [one for one in pairs if isfinite(one.first) and isfinite(one.second)]
    if not pairs:
        return Picture(title=title, empty="Under faults the slowest 1 of 100 was never answered, in every operation.")
    return Picture(
        title=title,
        caption=caption + (f"; the 12 most changed of {len(both)}" if len(both) > 12 else ""),
        drawn=tuple(
            dumbbells(pairs, size, "p99 of each operation in calm and under faults") for size in (WIDE, NARROW)
        ),
    )


def _curves(series: Series, summary: Summary) -> tuple[Curve, ...]:
    """Calm and hurt where there are both, else all of it; without the warm-up."""
    first = min((stage.from_s for stage in summary.stages if not stage.warm_up), default=0.0)
    whole = (round(first * 1e9), series.end_ns)
    ends = [
        (round(f.from_s * 1e9), round(f.to_s * 1e9))
        for f in summary.faults
        if f.from_s is not None and f.to_s is not None
    ]
    hurt = series.during(ends).histogram() if ends else Histogram()
    calm_end = summary.overall.calm if summary.overall else None
    if not hurt.n or calm_end is None or not calm_end.requests:
        return tuple(curve for curve in (Curve.of("all", series.during([whole]).histogram()),) if curve.points)
    calm = series.during(_between(ends, whole)).histogram()
    return tuple(curve for curve in (Curve.of("calm", calm), Curve.of("faults", hurt)) if curve.points)


def _between(ends: list[tuple[int, int]], whole: tuple[int, int]) -> list[tuple[int, int]]:
    gaps, at = [], whole[0]
    for start, end in sorted(ends):
        if start > at:
            gaps.append((at, start))
        at = max(at, end)
    return [*gaps, (at, whole[1])] if at < whole[1] else gaps


def _nines(curves: tuple[Curve, ...]) -> Picture:
    title = "How long all but the slowest waited"
    drawn = tuple(svg for size in (ARMS_WIDE, ARMS_NARROW) if (svg := by_nines(curves, size)) is not None)
    if not drawn:
        return Picture(title=title, empty="No request was answered, so there is no distribution to draw.")
    return Picture(
        title=title,
        caption="the share of requests that were answered within a time, each nine as wide as the one before; logarithmic",
        drawn=drawn,
    )
