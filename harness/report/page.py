"""What the HTML page shows, worked out from the summary and the windows; the templates only lay it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from harness.report import charts
from harness.report.scene import NARROW, WIDE, Rendition, Scene, letter, step_s
from harness.report.sparkline import sparkline
from harness.report.words import headline, plain_facts
from harness.results import Change, Figures, FindingSummary, OperationSummary, RunReader, Series, Summary, summary_of

_SPARK_POINTS = 60
_LEVELS = ("error", "warning", "note")
_VERDICT_OF_LEVEL = {"error": "fail", "warning": "unknown", "note": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """One operation: `slower` is hurt over calm at p99, None where either has no data."""

    operation: OperationSummary
    slower: float | None
    change: Change | None
    spark: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One chart in both renditions, with what to say where there is none."""

    title: str
    caption: str
    drawn: tuple[Markup, ...] = ()
    empty: str = ""


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
    findings: tuple[FindingSummary, ...]
    letters: Mapping[str, str]
    verdict_of_level: Mapping[str, str]


def page_of(reader: RunReader) -> Page:
    """Read a run folder. Raises what `RunReader` raises."""
    summary, series = summary_of(reader), reader.windows()
    end_s = max(series.end_ns / 1e9, summary.load_s)
    scene = Scene(
        end_s=end_s,
        stages=summary.stages,
        faults=summary.faults,
        findings=summary.findings,
        marks=summary.marks,
    )
    return Page(
        summary=summary,
        headline=headline(summary),
        facts=plain_facts(summary),
        problems=_problems(reader),
        timeline=_timeline(series, scene),
        comparison=_comparison(summary),
        operations=_operations(summary, series, scene),
        findings=tuple(sorted(summary.findings, key=lambda f: (_LEVELS.index(f.level), -f.count))),
        letters={fault.name: letter(index) for index, fault in enumerate(summary.faults)},
        verdict_of_level=_VERDICT_OF_LEVEL,
    )


def _problems(reader: RunReader) -> tuple[str, ...]:
    if reader.is_complete:
        return ()
    ended = reader.record.why.strip()
    told = tuple(text for text in (ended, *reader.problems) if text)
    return told or ("It did not come to its own end.",)


def _timeline(series: Series, scene: Scene) -> tuple[Picture, ...]:
    if not series.total:
        return (Picture(title="Latency", caption="", empty="Nothing was sent, so there is nothing to draw."),)
    wide, narrow = (_frame(series, scene, size) for size in (WIDE, NARROW))
    every = f"a point per {wide[1]:g} s" if wide[1] >= 1 else f"a point per {wide[1] * 1000:.0f} ms"

    def both(draw: Callable[[pd.DataFrame, float, Rendition], Markup]) -> tuple[Markup, ...]:
        return draw(*wide, WIDE), draw(*narrow, NARROW)

    failures = Picture(title="Errors", caption="", empty=f"None of {series.total:,} requests failed, warm-up included.")
    if series.errors:
        failures = Picture(
            title="Errors",
            caption="share of requests, by intended start",
            drawn=both(lambda frame, _, size: charts.errors(frame, scene, size)),
        )
    return (
        Picture(
            title="Latency",
            caption=f"from the intended start, all operations, logarithmic, {every}",
            drawn=both(lambda frame, _, size: charts.latency(frame, scene, size)),
        ),
        Picture(
            title="Throughput",
            caption="requests per second, by intended start",
            drawn=both(lambda frame, step, size: charts.throughput(frame, scene, size, step)),
        ),
        failures,
    )


def _frame(series: Series, scene: Scene, size: Rendition) -> tuple[pd.DataFrame, float]:
    step = step_s(scene.end_s, series.total, size.points)
    return series.over_time(round(step * 1e9), (0.5, 0.99), round(scene.end_s * 1e9)), step


def _comparison(summary: Summary) -> Picture:
    title, caption = "Calm against hurt", "p99 in the steady state (ring) and under faults (disc), logarithmic"
    both = [o for o in summary.operations if _ratio(o.calm, o.hurt) is not None]
    if not summary.faults:
        return Picture(title=title, caption="", empty="This run had no fault, so there is no hurt stretch to compare.")
    if not both:
        return Picture(
            title=title, caption="", empty="No operation was seen both in the steady state and under a fault."
        )
    worst = sorted(both, key=lambda o: -(_ratio(o.calm, o.hurt) or 0))[:12]
    return Picture(
        title=title,
        caption=caption + (f"; the 12 most changed of {len(both)}" if len(both) > 12 else ""),
        drawn=tuple(charts.calm_against_hurt(worst, size) for size in (WIDE, NARROW)),
    )


def _operations(summary: Summary, series: Series, scene: Scene) -> tuple[OperationRow, ...]:
    changes = {change.operation: change for change in summary.changes}
    step_ns = max(250_000_000, round(scene.end_s * 1e9 / _SPARK_POINTS))
    end_ns = round(scene.end_s * 1e9)
    bands = _bands(scene)
    rows = []
    for operation in sorted(summary.operations, key=lambda o: -o.requests):
        frame = series.only(operation.name).over_time(step_ns, (0.99,), end_ns)
        rows.append(
            OperationRow(
                operation=operation,
                slower=_ratio(operation.calm, operation.hurt),
                change=changes.get(operation.name),
                spark=sparkline(list(frame["q0"]), bands),
            )
        )
    return tuple(rows)


def _bands(scene: Scene) -> Sequence[tuple[float, float]]:
    ends = [(f.from_s, f.to_s if f.to_s is not None else scene.end_s) for f in scene.faults if f.from_s is not None]
    return [(a / scene.end_s, min(1.0, b / scene.end_s)) for a, b in ends if a < scene.end_s] if scene.end_s else []


def _ratio(calm: Figures | None, hurt: Figures | None) -> float | None:
    if calm is None or hurt is None or not calm.latency_ms.p99 or not hurt.latency_ms.p99:
        return None
    return hurt.latency_ms.p99 / calm.latency_ms.p99 if calm.latency_ms.p99 != float("inf") else None
