"""Latency against the number that was varied: p50 and p99 of every trial, what held, what broke, and the knee."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10

from markupsafe import Markup

from harness.report.canvas import Layer, Row, draw, log_axis, log_domain, over
from harness.report.paint import Ink
from harness.report.scene import Rendition
from harness.report.vega import alt
from harness.results import Breakpoint


def latency_against(found: Breakpoint, size: Rendition) -> Markup | None:
    """None where no trial had a latency."""
    p50, p99 = _points(found, "p50"), _points(found, "p99")
    if not p99:
        return None
    low, high = log_domain([one["v"] for one in (*p50, *p99)])
    y = alt.Y("v:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=log_axis(low, high), title=None)
    x = _axis(found, size)
    layers: list[Layer] = [*_marks(found, x, size)]
    for rows, ink in ((p99, Ink.SECOND), (p50, Ink.FIRST)):
        layers.append(over(_middles(rows)).mark_line(color=ink, strokeWidth=1.6).encode(x=x, y=y))
        for sure, shape in ((True, "circle"), (False, "triangle-up")):
            some = over([one for one in rows if one["sure"] is sure])
            fill = ink if sure else Ink.PAPER
            point = some.mark_point(
                shape=shape, filled=True, fill=fill, stroke=ink, strokeWidth=1.5, size=46, opacity=1
            )
            layers.append(point.encode(x=x, y=y))
    layers += _names(p50, p99, low, high, size, x)
    told = f"Latency against {found.vary}: p99 from {p99[0]['v']:.0f} to {p99[-1]['v']:.0f} ms"
    return draw(layers, size, told, top=30)


def _names(p50: list[Row], p99: list[Row], low: float, high: float, size: Rendition, x: alt.X) -> list[Layer]:
    """Each line's name behind its last point, kept apart."""
    ends = [
        (_middles(rows)[-1], name, ink)
        for rows, name, ink in ((p99, "p99", Ink.SECOND), (p50, "p50", Ink.FIRST))
        if rows
    ]
    heights = [size.height * (1 - log10(end["v"] / low) / log10(high / low)) for end, _, _ in ends]
    if len(heights) == 2 and heights[1] - heights[0] < 14:
        middle = sum(heights) / 2
        heights = [middle - 7, middle + 7]
    return [
        over([{"t": end["t"], "text": name}])
        .mark_text(align="left", dx=9, color=ink, fontSize=12, fontWeight="bold")
        .encode(x=x, y=alt.value(at), text=alt.Text("text:N"))
        for (end, name, ink), at in zip(ends, heights, strict=True)
    ]


def _points(found: Breakpoint, name: str) -> list[Row]:
    rows: list[Row] = []
    for trial in sorted(found.trials, key=lambda one: one.value, reverse=found.falling):
        value = getattr(trial.latency_ms, name)
        if value is not None and isfinite(value) and value > 0:
            rows.append({"t": trial.value, "v": value, "sure": not trial.doubts})
    return rows


def _middles(rows: list[Row]) -> list[Row]:
    """One point per value: the middle of its trials."""
    by: dict[float, list[float]] = {}
    for one in rows:
        by.setdefault(one["t"], []).append(one["v"])
    return [{"t": at, "v": sorted(values)[(len(values) - 1) // 2]} for at, values in by.items()]


def _ends(found: Breakpoint) -> tuple[float, float]:
    """What the axis reaches from and to, the mildest first."""
    values = [trial.value for trial in found.trials]
    return (max(values) * 1.06, min(values) / 1.06) if found.falling else (0.0, max(values) * 1.06)


def _share(found: Breakpoint, at: float) -> float:
    """Where a value stands between the two ends. Of what falls each halving is as wide as the one before."""
    first, last = _ends(found)
    return log10(at / first) / log10(last / first) if found.falling else at / last


def _round_values(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each decade between the two."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    return [m * 10.0**d for d in decades for m in (1, 2, 5) if low <= m * 10.0**d <= high]


def _axis(found: Breakpoint, size: Rendition) -> alt.X:
    first, last = _ends(found)
    unit = found.unit if found.unit != "count" else ""
    axis = alt.Axis(
        values=_round_values(last, first) if found.falling else alt.Undefined,
        tickCount=8 if size.css_class == "wide" else 4,
        labelExpr=f"format(datum.value, '{',' if unit == 'KB/s' else '~s'}') + '{unit}'",
        grid=False,
        labelFlush=True,
        title=None,
    )
    straight = alt.Scale(domain=[first, last], nice=False)
    reversed_ = alt.Scale(type="log", domain=[last, first], nice=False, reverse=True)
    return alt.X("t:Q", scale=reversed_ if found.falling else straight, axis=axis)


def _marks(found: Breakpoint, x: alt.X, size: Rendition) -> list[Layer]:
    """Lines from top to bottom, each named above the picture; a name is left out where it would run into the one before."""
    marks = (
        (found.knee, "knee", Ink.SOFT),
        (found.holds, "holds", Ink.FIRST),
        (found.unclear, "unclear", Ink.UNKNOWN),
        (found.breaks, "breaks", Ink.FAIL),
    )
    layers, taken = [], -1.0
    there = [(at, name, ink) for at, name, ink in marks if at is not None]
    for at, name, ink in sorted(there, key=lambda mark: _share(found, mark[0])):
        place = _share(found, at) * size.width
        layers.append(
            over([{"t": at}])
            .mark_rule(color=ink, strokeDash=[3, 3], strokeWidth=1.4)
            .encode(x=x, y=alt.value(0), y2=alt.value(size.height))
        )
        above = -8 if place >= taken else -21
        taken = place + 7.0 * len(name) + 6 if above == -8 else taken
        text = over([{"t": at, "text": name}]).mark_text(color=ink, fontSize=12, align="left", dx=-2)
        layers.append(text.encode(x=x, y=alt.value(above), text=alt.Text("text:N")))
    return layers
