"""The pictures over time, drawn by Altair in two renditions: a wide one, and a narrow one whose text can be read on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, log10

from markupsafe import Markup

from harness.report.canvas import Layer, Row, at_x, at_y, backdrop, draw, events, log_axis, log_domain, over, time_axis
from harness.report.hover import Hover
from harness.report.paint import Ink
from harness.report.scene import Limit, Rendition, Scene
from harness.report.vega import alt
from harness.results import ProbePoint, Steps


def latency(steps: Steps, scene: Scene, size: Rendition, limit: Limit | None = None) -> Markup:
    """p50 (`q0`) and p99 (`q1`) over time, logarithmic; a point that was never answered stands at the top edge."""
    p50, p99 = _millis(steps, 0), _millis(steps, 1)
    known = [row["v"] for row in (*p50, *p99) if row["v"] is not None]
    low, high = log_domain([*known, *([limit.ms] if limit else [])])
    y = alt.Y("v:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=log_axis(low, high), title=None)
    x = time_axis(scene, size)
    lines = [
        over(rows)
        .mark_line(color=ink, strokeWidth=1.8, strokeJoin="round", invalid="break-paths-show-domains")
        .encode(x=x, y=y)
        for rows, ink in ((p99, Ink.SECOND), (p50, Ink.FIRST))
    ]
    layers = [*backdrop(scene, size), *_limit(limit, y), *events(scene, size), *lines]
    layers += end_names((("p99", Ink.SECOND, p99), ("p50", Ink.FIRST, p50)), low, high, size)
    if never := [{"t": t} for t, v in zip(steps.t.tolist(), steps.quantiles[1].tolist(), strict=True) if v == inf]:
        lost = over(never).mark_point(shape="triangle-up", filled=True, color=Ink.FAIL, opacity=1, size=40)
        layers.append(lost.encode(x=x, y=at_y(4)))
    told: dict[str, Sequence[float]] = {
        name: (steps.quantiles[at] * 1000).tolist() for name, at in (("p99", 1), ("p50", 0))
    }
    return draw(layers, size, _label(p99), hover=_hover(steps, told, "ms", scene, size))


def throughput(steps: Steps, scene: Scene, size: Rendition) -> Markup:
    """Requests per second by intended start."""
    values = (steps.n / steps.step_s).tolist()
    most = max(values, default=0.0)
    hover = _hover(steps, {"requests": values}, "/s", scene, size)
    rows = [{"t": t, "v": v} for t, v in zip(steps.t.tolist(), values, strict=True)]
    return _area(rows, scene, size, Ink.FIRST, most, "/s", f"Requests per second over time: at most {most:.0f}", hover)


def errors(steps: Steps, scene: Scene, size: Rendition) -> Markup:
    """The share of requests that failed, percent."""
    values = [100 * e / n if n else 0.0 for n, e in zip(steps.n.tolist(), steps.errors.tolist(), strict=True)]
    most = max(values, default=0.0)
    rows = [{"t": t, "v": v} for t, v in zip(steps.t.tolist(), values, strict=True)]
    told = f"Share of requests that failed over time: at most {most:.1f} %"
    hover = _hover(steps, {"errors": values}, "%", scene, size)
    return _area(rows, scene, size, Ink.FAIL, most, " %", told, hover)


def probe(name: str, points: Sequence[ProbePoint], scene: Scene, size: Rendition) -> Markup:
    """What was sampled beside the clients, from its least to its most; gaps where a sample failed."""
    low_size = size.low()
    shown = fewer(points, size.points)
    rows: list[Row] = [{"t": one.t_s, "v": one.value} for one in shown]
    known = [row["v"] for row in rows if row["v"] is not None]
    low, high = (min(0.0, *known), max(known)) if known else (0.0, 1.0)
    axis = alt.Axis(
        tickCount=3, labelExpr="format(datum.value, '~s')", domain=False, ticks=False, labelPadding=8, title=None
    )
    scale = alt.Scale(domain=[low, high + (high - low) * 0.2 or 1.0], nice=False)
    line = over(rows).mark_line(
        color=Ink.INK, strokeWidth=1.6, interpolate="step-after", invalid="break-paths-show-domains"
    )
    drawn = line.encode(x=time_axis(scene, low_size), y=alt.Y("v:Q", scale=scale, axis=axis, title=None))
    per_s = low_size.width / scene.end_s if scene.end_s else 0.0
    hover = Hover(
        series={name: [inf if one.value is None else one.value for one in shown]},
        unit="",
        at=[one.t_s * per_s for one in shown],
        end_s=scene.end_s,
    )
    told = f"{name} over time: from {low:g} to {high:g}"
    return draw([*backdrop(scene, low_size, terse=True), drawn], low_size, told, top=8, hover=hover)


def fewer(points: Sequence[ProbePoint], most: int) -> list[ProbePoint]:
    """The highest of each stretch, so that no peak is lost."""
    step = max(1, -(-len(points) // most))
    stretches = [points[at : at + step] for at in range(0, len(points), step)]
    return [
        ProbePoint(t_s=some[0].t_s, value=max((one.value for one in some if one.value is not None), default=None))
        for some in stretches
    ]


def end_names(lines: Sequence[tuple[str, Ink, Sequence[Row]]], low: float, high: float, size: Rendition) -> list[Layer]:
    """The name of each of two lines at its right end, on a logarithmic axis, kept apart."""
    known = [
        (name, ink, next((row["v"] for row in reversed(rows) if row["v"] is not None), None))
        for name, ink, rows in lines
    ]
    placed = [(n, i, size.height * (1 - log10(v / low) / log10(high / low))) for n, i, v in known if v is not None]
    if len(placed) == 2 and abs(placed[1][2] - placed[0][2]) < 14:
        middle = (placed[0][2] + placed[1][2]) / 2
        up = -7 if placed[0][2] <= placed[1][2] else 7
        placed = [(n, i, middle + shift) for (n, i, _), shift in zip(placed, (up, -up), strict=True)]
    return [
        over([{"text": name}])
        .mark_text(align="left", dx=6, color=ink, fontSize=12, fontWeight="bold")
        .encode(x=at_x(size.width), y=at_y(y), text=alt.Text("text:N"))
        for name, ink, y in placed
    ]


def _limit(limit: Limit | None, y: alt.Y) -> list[Layer]:
    if limit is None:
        return []
    at = over([{"v": limit.ms, "text": limit.text}])
    return [
        at.mark_rule(color=Ink.SOFT, strokeDash=[5, 4], strokeWidth=1.2).encode(y=y),
        at.mark_text(align="left", dx=4, dy=-7, color=Ink.SOFT, fontSize=12).encode(
            x=at_x(0), y=y, text=alt.Text("text:N")
        ),
    ]


def _hover(steps: Steps, series: dict[str, Sequence[float]], unit: str, scene: Scene, size: Rendition) -> Hover:
    step = steps.step_s / scene.end_s * size.width if scene.end_s else 0.0
    return Hover(series=series, unit=unit, step=step, end_s=scene.end_s)


def _millis(steps: Steps, quantile: int) -> list[Row]:
    pairs = zip(steps.t.tolist(), steps.quantiles[quantile].tolist(), strict=True)
    return [{"t": t, "v": v * 1000 if isfinite(v) and v > 0 else None} for t, v in pairs]


def _area(
    rows: list[Row], scene: Scene, size: Rendition, ink: Ink, most: float, unit: str, label: str, hover: Hover
) -> Markup:
    low = size.low()
    form = "~g" if unit == " %" else "~s"  # 0.5 %, but 2k/s
    axis = alt.Axis(
        tickCount=3,
        labelExpr=f"format(datum.value, '{form}') + '{unit}'",
        domain=False,
        ticks=False,
        labelPadding=8,
        title=None,
    )
    area = over(rows).mark_area(
        color=ink, fillOpacity=0.14, line={"color": ink, "strokeWidth": 1.6}, interpolate="step-after"
    )
    y = alt.Y("v:Q", scale=alt.Scale(domain=[0, most * 1.25 or 1], nice=False), axis=axis)
    layers = [*backdrop(scene, low, terse=True), area.encode(x=time_axis(scene, low), y=y)]
    return draw(layers, low, label, top=8, hover=hover)


def _label(p99: list[Row]) -> str:
    finite = [row["v"] for row in p99 if row["v"] is not None]
    if not finite:
        return "Latency over time: no data"
    return f"Latency over time, logarithmic: p99 between {min(finite):.0f} and {max(finite):.0f} ms"
