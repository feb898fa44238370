"""Two arms side by side: p99 of each operation in both, and latency by nines (the plot of HdrHistogram)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log10

from markupsafe import Markup

from harness.model.histogram import Histogram
from harness.report.canvas import Row, backdrop, draw, events, log_axis, log_domain, over, time_axis
from harness.report.charts import end_names, fewer
from harness.report.hover import Hover
from harness.report.paint import Ink
from harness.report.scene import Rendition, Scene
from harness.report.vega import alt
from harness.results import ProbePoint

_BY_NINES = tuple(1 - 10 ** -(step / 20) for step in range(121))  # 0 %, 10.9 %, … 99.9999 %
_LETTERS = 40  # px of `50 %`, and some air
_INKS = (Ink.FIRST, Ink.SECOND)


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """p99 of one operation in two arms, ms."""

    name: str
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Latency by share, ms: as far as `requests` go, since of 1,000 requests nobody knows the 99.99th percentile."""

    name: str
    requests: int
    points: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, name: str, histogram: Histogram) -> Curve:
        """By nines, as many as the requests allow."""
        shares = [share for share in _BY_NINES if histogram.n * (1 - share) >= 1]
        values = ((share, histogram.quantile(share)) for share in shares)
        known = tuple((share, value * 1000) for share, value in values if value is not None and isfinite(value))
        return cls(name=name, requests=histogram.n, points=known)


SHARES = (0.5, 0.9, 0.99, 0.999, 0.9999)


def nines_table(curves: Sequence[Curve]) -> tuple[tuple[str, tuple[float | None, ...]], ...]:
    """A row per share: how it is called, and the latency of each curve, ms; None where its requests don't reach so far."""
    rows = [(_percent(share), tuple(_at(curve, share) for curve in curves)) for share in SHARES]
    return tuple(row for row in rows if any(value is not None for value in row[1]))


def _at(curve: Curve, share: float) -> float | None:
    if curve.requests * (1 - share) < 1 or not curve.points:
        return None
    return min(curve.points, key=lambda point: abs(_nines(point[0]) - _nines(share)))[1]


def dumbbells(pairs: Sequence[Dumbbell], size: Rendition, what: str) -> Markup:
    """A row each: the first arm a ring, the second a disc, joined by a line; logarithmic. `what` names the arms for who can't see."""
    rows: list[Row] = [{"name": one.name, "first": one.first, "second": one.second} for one in pairs]
    low, high = log_domain([value for row in rows for value in (row["first"], row["second"])])
    names = alt.Axis(domain=False, ticks=False, labelColor=Ink.INK, labelLimit=140, labelPadding=10)
    y = alt.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=names)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    first = alt.X("first:Q", scale=scale, axis=log_axis(low, high, across=True), title=None)
    base = over(rows)
    point = {"filled": True, "size": 70, "opacity": 1, "strokeWidth": 2}
    layers = [
        base.mark_rule(color=Ink.SOFT, strokeWidth=1.5).encode(x=first, x2=alt.X2("second:Q"), y=y),
        base.mark_point(fill=Ink.PAPER, stroke=Ink.FIRST, **point).encode(x=first, y=y),
        base.mark_point(fill=Ink.SECOND, stroke=Ink.SECOND, **point).encode(x=alt.X("second:Q", scale=scale), y=y),
    ]
    left = 150 if size.css_class == "wide" else 112
    own = replace(size, width=size.width - (left - size.left), height=30 * max(1, len(rows)), left=left)
    told = f": {rows[0]['name']} from {rows[0]['first']:.0f} to {rows[0]['second']:.0f} ms" if rows else ""
    return draw(layers, own, f"{what}{told}", top=6)


def over_time(
    lines: Mapping[str, Sequence[tuple[float, float]]],
    scene: Scene,
    size: Rendition,
    what: str,
    happened: Sequence[Scene] = (),
) -> Markup:
    """A line per arm, ms by seconds, logarithmic; no more points than the picture is wide. What `happened` in each arm stands in a row of
    its own: the upper one, hollow, is the first's."""
    series = {name: _thinned(points, size.points) for name, points in lines.items()}
    rows = {
        name: [{"t": t, "v": v if isfinite(v) and v > 0 else None} for t, v in some] for name, some in series.items()
    }
    low, high = log_domain([row["v"] for some in rows.values() for row in some if row["v"] is not None])
    y = alt.Y("v:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=log_axis(low, high), title=None)
    x = time_axis(scene, size)
    layers = backdrop(scene, size)
    for row, one in enumerate(reversed(happened)):
        layers += events(one, size, above=16 * row, hollow=row > 0)
    for some, ink in zip(rows.values(), _INKS, strict=False):
        line = over(some).mark_line(color=ink, strokeWidth=1.8, strokeJoin="round", invalid="break-paths-show-domains")
        layers.append(line.encode(x=x, y=y))
    layers += end_names(
        [(name, ink, some) for (name, some), ink in zip(rows.items(), _INKS, strict=False)], low, high, size
    )
    hover = _hover(series, "ms", scene, size)
    return draw(layers, size, f"{what} of both arms over time, logarithmic", hover=hover)


def level_over_time(
    lines: Mapping[str, Sequence[tuple[float, float]]], scene: Scene, size: Rendition, what: str, unit: str
) -> Markup:
    """A line per arm from zero up, of what is no latency, half as fine; `unit` with the space that stands before it."""
    low = size.low()
    series = {name: _thinned(points, size.points // 2) for name, points in lines.items()}
    most = max((v for some in series.values() for _, v in some), default=0.0)
    form = "~g" if unit == " %" else "~s"  # 0.5 %, but 2k/s
    label = f"format(datum.value, '{form}') + '{unit}'"
    axis = alt.Axis(tickCount=3, labelExpr=label, domain=False, ticks=False, labelPadding=8, title=None)
    y = alt.Y("v:Q", scale=alt.Scale(domain=[0, most * 1.25 or 1], nice=False), axis=axis)
    layers = [*backdrop(scene, low, terse=True)]
    for some, ink in zip(series.values(), _INKS, strict=False):
        rows = [{"t": t, "v": v} for t, v in some]
        layers.append(over(rows).mark_line(color=ink, strokeWidth=1.6).encode(x=time_axis(scene, low), y=y))
    hover = _hover(series, unit.strip(), scene, low)
    return draw(layers, low, f"{what} of both arms over time: at most {most:.3g}{unit}", top=8, hover=hover)


def probe_over_time(lines: Mapping[str, Sequence[ProbePoint]], scene: Scene, size: Rendition, what: str) -> Markup:
    """A line per arm of what was sampled beside the clients, from its least to its most; gaps where samples failed."""
    low_size = size.low()
    shown = {name: {one.t_s: one.value for one in fewer(points, size.points // 2)} for name, points in lines.items()}
    known = [value for values in shown.values() for value in values.values() if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    axis = alt.Axis(tickCount=3, labelExpr="format(datum.value, '~s')", domain=False, ticks=False, labelPadding=8)
    scale = alt.Scale(domain=[low, high + (high - low) * 0.2 or 1.0], nice=False)
    x, y = time_axis(scene, low_size), alt.Y("v:Q", scale=scale, axis=axis, title=None)
    layers = [*backdrop(scene, low_size, terse=True)]
    for name, ink in zip(("base", "candidate"), _INKS, strict=True):
        rows = [{"t": t, "v": v} for t, v in shown.get(name, {}).items()]
        line = over(rows).mark_line(
            color=ink, strokeWidth=1.6, interpolate="step-after", invalid="break-paths-show-domains"
        )
        layers += [line.encode(x=x, y=y)] if rows else []
    times = sorted({t for values in shown.values() for t in values})
    told = {name: [inf if (v := values.get(t)) is None else v for t in times] for name, values in shown.items()}
    per_s = low_size.width / scene.end_s
    hover = Hover(series=told, unit="", at=[t * per_s for t in times], end_s=scene.end_s)
    label = f"{what} of both arms over time: from {low:g} to {high:g}"
    return draw(layers, low_size, label, top=8, hover=hover)


def _hover(series: Mapping[str, Sequence[tuple[float, float]]], unit: str, scene: Scene, size: Rendition) -> Hover:
    step_s = next((some[1][0] - some[0][0] for some in series.values() if len(some) > 1), scene.end_s)
    return Hover(
        series={name: [v for _, v in some] for name, some in series.items()},
        unit=unit,
        step=step_s * size.width / scene.end_s if scene.end_s else size.width,
        end_s=scene.end_s,
    )


def _thinned(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """The worst of each stretch, so that no peak is lost."""
    step = max(1, -(-len(points) // most))
    stretches = (points[at : at + step] for at in range(0, len(points), step))
    return [(some[0][0], max(v for _, v in some)) for some in stretches]


def by_nines(curves: Sequence[Curve], size: Rendition) -> Markup | None:
    """Latency against the share of requests answered within it, each nine as wide as the one before. None without data."""
    drawn = [curve for curve in curves if len(curve.points) > 1]
    if not drawn:
        return None
    most = max(_nines(curve.points[-1][0]) for curve in drawn)
    low, high = log_domain([value for curve in drawn for _, value in curve.points])
    y = alt.Y("v:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=log_axis(low, high), title=None)
    x = _nines_axis(most, size)
    layers, ends = [], []
    for curve, ink in zip(drawn, _INKS, strict=False):
        rows: list[Row] = [{"t": _nines(share), "v": max(value, 1e-3)} for share, value in curve.points]
        layers.append(over(rows).mark_line(color=ink, strokeWidth=1.8, strokeJoin="round").encode(x=x, y=y))
        if rows[-1]["t"] >= most * 0.97:
            ends.append((curve.name, ink, rows))
        else:
            last = over([{**rows[-1], "text": curve.name}])
            name = last.mark_text(align="left", dx=6, color=ink, fontSize=12, fontWeight="bold")
            layers.append(name.encode(x=x, y=y, text=alt.Text("text:N")))
    layers += end_names(ends, low, high, size)
    shares = sorted({share for curve in drawn for share, _ in curve.points})
    values = {curve.name: dict(curve.points) for curve in drawn}
    hover = Hover(
        series={name: [found.get(share, float("inf")) for share in shares] for name, found in values.items()},
        unit="ms",
        at=[_nines(share) / most * size.width for share in shares],
        labels=[_percent(share) for share in shares],
    )
    return draw(layers, size, _told(drawn), top=12, hover=hover)


def _nines(share: float) -> float:
    return -log10(1 - share) if share < 1 else 7.0


def _percent(share: float) -> str:
    digits = max(0, min(5, int(_nines(share) + 0.01) - 1))
    return f"{round(share * 100, digits):.8g} %"


def _nines_axis(most: float, size: Rendition) -> alt.X:
    half = (0.5,) if _nines(0.5) / most * size.width >= _LETTERS else ()  # else it would lie on the 0 %
    ticks = [_nines(share) for share in (0.0, *half, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)]
    label = "datum.value < 0.1 ? '0 %' : datum.value < 0.5 ? '50 %' : format(100 * (1 - pow(10, -datum.value)), '.6~f') + ' %'"
    axis = alt.Axis(
        values=[t for t in ticks if t <= most * 1.001], labelExpr=label, grid=True, labelFlush=True, title=None
    )
    return alt.X("t:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=axis)


def _told(curves: Sequence[Curve]) -> str:
    ends = (f"{one.name} {one.points[-1][1]:.0f} ms at {_percent(one.points[-1][0])}" for one in curves)
    return f"Latency by share of requests, logarithmic: {'; '.join(ends)}"
