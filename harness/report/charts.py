"""The pictures, drawn by Altair in two renditions: a wide one, and a narrow one whose text can be read on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, isfinite, log10

import altair as alt
import pandas as pd
from markupsafe import Markup

from harness.report.canvas import Layer, Row, backdrop, draw, events, log_axis, log_domain, over, time_axis
from harness.report.paint import Ink
from harness.report.scene import Rendition, Scene
from harness.results import OperationSummary


def latency(frame: pd.DataFrame, scene: Scene, size: Rendition) -> Markup:
    """p50 (`q0`) and p99 (`q1`) over time, logarithmic; a point that was never answered stands at the top edge."""
    p50, p99 = _millis(frame, "q0"), _millis(frame, "q1")
    low, high = log_domain([row["v"] for row in (*p50, *p99) if row["v"] is not None])
    y = alt.Y("v:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=log_axis(low, high), title=None)
    lines = [
        over(rows)
        .mark_line(color=ink, strokeWidth=1.8, strokeJoin="round", invalid="break-paths-show-domains")
        .encode(x=time_axis(scene, size), y=y)
        for rows, ink in ((p99, Ink.SECOND), (p50, Ink.FIRST))
    ]
    never = over([{"t": t} for t, v in zip(frame["t"], frame["q1"], strict=True) if v == inf])
    lost = never.mark_point(shape="triangle-up", filled=True, color=Ink.FAIL, opacity=1, size=40)
    names = _names(p50, p99, low, high, size)
    layers = [*backdrop(scene, size), *events(scene, size), *lines, *names]
    return draw([*layers, lost.encode(x=time_axis(scene, size), y=alt.value(4))], size, _label(p99))


def throughput(frame: pd.DataFrame, scene: Scene, size: Rendition, step: float) -> Markup:
    """Requests per second by intended start."""
    rows = [{"t": t, "v": n / step} for t, n in zip(frame["t"], frame["n"], strict=True)]
    most = max((row["v"] for row in rows), default=0.0)
    return _area(rows, scene, size, Ink.FIRST, most, "/s", f"Requests per second over time: at most {most:.0f}")


def errors(frame: pd.DataFrame, scene: Scene, size: Rendition) -> Markup:
    """The share of requests that failed, percent."""
    counted = zip(frame["t"], frame["n"], frame["errors"], strict=True)
    rows = [{"t": t, "v": 100 * e / n if n else 0.0} for t, n, e in counted]
    most = max((row["v"] for row in rows), default=0.0)
    return _area(
        rows, scene, size, Ink.FAIL, most, " %", f"Share of requests that failed over time: at most {most:.1f} %"
    )


def calm_against_hurt(operations: Sequence[OperationSummary], size: Rendition) -> Markup:
    """p99 of each operation in calm (ring) and under faults (disc), logarithmic, joined by a line; the most changed first."""
    rows = _pairs(operations)
    low, high = log_domain([value for row in rows for value in (row["calm"], row["hurt"])])
    names = alt.Axis(domain=False, ticks=False, labelColor=Ink.INK, labelLimit=140, labelPadding=10)
    y = alt.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=names)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    calm, hurt = (
        alt.X("calm:Q", scale=scale, axis=log_axis(low, high, across=True), title=None),
        alt.X("hurt:Q", scale=scale),
    )
    base = over(rows)
    point = {"filled": True, "size": 70, "opacity": 1, "strokeWidth": 2}
    layers = [
        base.mark_rule(color=Ink.SOFT, strokeWidth=1.5).encode(x=calm, x2="hurt:Q", y=y),
        base.mark_point(fill=Ink.PAPER, stroke=Ink.FIRST, **point).encode(x=calm, y=y),
        base.mark_point(fill=Ink.SECOND, stroke=Ink.SECOND, **point).encode(x=hurt, y=y),
    ]
    left = 150 if size.css_class == "wide" else 112
    own = replace(size, width=size.width - (left - size.left), height=30 * max(1, len(rows)), left=left)
    told = (
        f": most changed is {rows[0]['name']}, from {rows[0]['calm']:.0f} to {rows[0]['hurt']:.0f} ms" if rows else ""
    )
    return draw(layers, own, f"p99 of each operation in calm and under faults{told}", top=6)


def _pairs(operations: Sequence[OperationSummary]) -> list[Row]:
    pairs = [(o.name, o.calm.latency_ms.p99, o.hurt.latency_ms.p99) for o in operations if o.calm and o.hurt]
    rows: list[Row] = [
        {"name": name, "calm": a, "hurt": b} for name, a, b in pairs if a and b and isfinite(a) and isfinite(b)
    ]
    return sorted(rows, key=lambda row: row["calm"] / row["hurt"])


def _millis(frame: pd.DataFrame, column: str) -> list[Row]:
    pairs = zip(frame["t"], frame[column], strict=True)
    return [{"t": t, "v": v * 1000 if isfinite(v) and v > 0 else None} for t, v in pairs]


def _area(rows: list[Row], scene: Scene, size: Rendition, ink: Ink, most: float, unit: str, label: str) -> Markup:
    low = size.low()
    form = "~g" if unit == " %" else "~s"  # 0.5 %, but 2k/s
    label_expr = f"format(datum.value, '{form}') + '{unit}'"
    axis = alt.Axis(tickCount=3, labelExpr=label_expr, domain=False, ticks=False, labelPadding=8, title=None)
    line = {"color": ink, "strokeWidth": 1.6}
    area = over(rows).mark_area(color=ink, fillOpacity=0.16, line=line, interpolate="step-after")
    y = alt.Y("v:Q", scale=alt.Scale(domain=[0, most * 1.25 or 1], nice=False), axis=axis)
    return draw([*backdrop(scene, low, terse=True), area.encode(x=time_axis(scene, low), y=y)], low, label, top=8)


def _names(p50: list[Row], p99: list[Row], low: float, high: float, size: Rendition) -> list[Layer]:
    """Each line's name at its right end, kept apart."""
    ends = [next((row["v"] for row in reversed(rows) if row["v"] is not None), None) for rows in (p99, p50)]
    at = [None if v is None else size.height * (1 - log10(v / low) / log10(high / low)) for v in ends]
    if at[0] is not None and at[1] is not None and at[1] - at[0] < 14:
        middle = (at[0] + at[1]) / 2
        at = [middle - 7, middle + 7]
    return [
        over([{"text": name}])
        .mark_text(align="left", dx=6, color=ink, fontSize=12, fontWeight="bold")
        .encode(x=alt.value(size.width), y=alt.value(y), text="text:N")
        for name, ink, y in (("p99", Ink.SECOND, at[0]), ("p50", Ink.FIRST, at[1]))
        if y is not None
    ]


def _label(p99: list[Row]) -> str:
    finite = [row["v"] for row in p99 if row["v"] is not None]
    if not finite:
        return "Latency over time: no data"
    return f"Latency over time, logarithmic: p99 between {min(finite):.0f} and {max(finite):.0f} ms"
