"""The pictures over time of one run: latency, throughput, errors, and what was sampled beside the clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from harness.report import charts
from harness.report.scene import NARROW, WIDE, Limit, Rendition, Scene, step_s
from harness.report.words import main_operation, number, seconds
from harness.results import ProbeSummary, Series, Steps, Summary

MOST_PROBES = 6
"""So many are drawn; the others keep their figures in the table below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One chart in both renditions, with what to say where there is none."""

    title: str
    caption: str = ""
    drawn: tuple[Markup, ...] = ()
    empty: str = ""


def timeline_of(series: Series, parts: Mapping[str, Series], scene: Scene, summary: Summary) -> tuple[Picture, ...]:
    """Top to bottom; all share the axis of time. `parts` are the windows of each operation."""
    probes = tuple(_probes(summary.probes, scene)) if scene.end_s else ()
    if not series.total:
        why = (
            "The scenario sends no load, so there is no latency to draw."
            if probes
            else "Nothing was sent, so there is nothing to draw."
        )
        return (Picture(title="Latency", empty=why), *probes)
    return (_latency(series, parts, scene, summary), *_counts(series, scene), *probes)


def _latency(series: Series, parts: Mapping[str, Series], scene: Scene, summary: Summary) -> Picture:
    main = main_operation(summary)
    one = main is not None and main is not summary.overall and main.name in parts
    mine = parts[main.name] if one and main is not None else series
    limit = _limit(summary, main.name) if one and main is not None else None
    steps = [_steps(mine, scene, size, series.total, (0.5, 0.99)) for size in (WIDE, NARROW)]
    named = f"of {main.name}" if one and main is not None else "of all operations"
    return Picture(
        title=f"Latency {named}",
        caption=f"from the intended start, logarithmic, {_every(steps[0].step_s)}",
        drawn=tuple(charts.latency(one, scene, size, limit) for one, size in zip(steps, (WIDE, NARROW), strict=True)),
    )


def _counts(series: Series, scene: Scene) -> Iterator[Picture]:
    steps = [(_steps(series, scene, size, series.total, ()), size) for size in (WIDE, NARROW)]

    def both(draw: Callable[[Steps, Scene, Rendition], Markup]) -> tuple[Markup, ...]:
        return tuple(draw(one, scene, size) for one, size in steps)

    yield Picture(
        title="Throughput",
        caption="requests per second of all operations, by intended start",
        drawn=both(charts.throughput),
    )
    if series.errors:
        yield Picture(
            title="Errors",
            caption="share of all requests, by intended start",
            drawn=both(charts.errors),
        )
    else:
        yield Picture(title="Errors", empty=f"None of {series.total:,} requests failed, warm-up included.")


def _probes(probes: tuple[ProbeSummary, ...], scene: Scene) -> Iterator[Picture]:
    for one in probes[:MOST_PROBES]:
        if not any(point.value is not None and isfinite(point.value) for point in one.points):
            why = f": {one.error}" if one.error else "."
            yield Picture(title=one.name, empty=f"None of {one.samples} samples had a value{why}")
            continue
        spread = f"{number(one.low)} to {number(one.high)}, mean {number(one.mean)}"
        failed = f"; {one.failed} of {one.samples} samples failed" if one.failed else ""
        yield Picture(
            title=one.name,
            caption=f"{one.kind + ' probe, ' if one.kind else ''}every {seconds(one.every_s)}, {spread}{failed}",
            drawn=tuple(charts.probe(one.name, one.points, scene, size) for size in (WIDE, NARROW)),
        )


def _steps(series: Series, scene: Scene, size: Rendition, requests: int, shares: Sequence[float]) -> Steps:
    """Every picture of a page has the same step, whatever share of all `requests` it draws."""
    step = step_s(scene.end_s, requests, size.points)
    return series.over_time(round(step * 1e9), shares, round(scene.end_s * 1e9))


def _every(step: float) -> str:
    return f"a point per {step:g} s" if step >= 1 else f"a point per {step * 1000:.0f} ms"


def _limit(summary: Summary, operation: str) -> Limit | None:
    """The limit of the p99 that is drawn, or of the p50; any other quantile's line would mislead."""
    for one in summary.expectations:
        words = one.text.split()
        if (
            one.unit == "ms"
            and one.limit
            and one.cmp in ("<", "<=")
            and operation in words
            and words[0] in ("p50", "p99")
        ):
            return Limit(one.limit, f"{words[0]} limit {one.limit:g} ms")
    return None
