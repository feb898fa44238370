"""What charts are put together from: axes, fault bands, stages, ticks, and the way from Altair to SVG."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from harness.report.paint import Ink, painted
from harness.report.scene import Rendition, Scene, letter
from harness.results import FaultSummary

Layer = Any  # altair's classes for charts and layers share no useful type
Row = dict[str, Any]
_CHAR = 6.6  # px of a 12 px letter, on the wide side
_QUIET = {
    "view": {"stroke": None},
    "axis": {
        "labelColor": Ink.SOFT,
        "labelFontSize": 12,
        "gridColor": Ink.LINE,
        "domainColor": Ink.LINE,
        "tickColor": Ink.LINE,
    },
}


def over(rows: Sequence[Row]) -> Layer:
    """A chart of some rows."""
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]  # altair leaves it untyped


def draw(layers: Sequence[Layer], size: Rendition, label: str, top: int = 24) -> Markup:
    """Layers as one SVG of fixed size. `label` is what a screen reader says."""
    chart = alt.layer(*layers).properties(
        width=size.width,
        height=size.height,
        padding={"left": size.left, "right": size.right, "top": top, "bottom": 26},
        autosize=alt.AutoSizeParams(type="none"),
    )
    svg = vl_convert.vegalite_to_svg({**chart.to_dict(), "config": _QUIET}, allowed_base_urls=[])  # and no network
    return painted(svg, label, size.css_class)


def time_axis(scene: Scene, size: Rendition) -> alt.X:
    """Seconds since zero, minutes for what is long."""
    label = "datum.value + ' s'" if scene.end_s <= 300 else "format(datum.value / 60, '~g') + ' min'"
    ticks = 10 if size.css_class == "wide" else 4
    axis = alt.Axis(grid=False, labelExpr=label, values=_round_ticks(scene.end_s, ticks), labelFlush=True, title=None)
    return alt.X("t:Q", scale=alt.Scale(domain=[0, scene.end_s], nice=False), axis=axis)


def _round_ticks(end_s: float, most: int) -> list[float]:
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
    step = next((s for s in steps if end_s / s <= most + 0.5), end_s / most)
    return [i * step for i in range(int(end_s / step) + 1)] if step else [0]


def log_domain(values_ms: Sequence[float]) -> tuple[float, float]:
    """With head-room for the names of the faults."""
    finite = [v for v in values_ms if isfinite(v) and v > 0]
    low, high = (min(finite), max(finite)) if finite else (1.0, 100.0)
    low, high = low / 1.4, high * 1.25
    return low, max(high * (high / low) ** 0.14, low * 6)


def log_axis(low: float, high: float, *, across: bool = False) -> alt.Axis:
    """Milliseconds, then seconds; as many ticks as the decades allow."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    span = log10(high / low)
    steps = (1,) if span > 2 else (1, 3) if span > 1.3 else (1, 2, 5)
    ticks = [m * 10.0**d for d in decades for m in steps if low <= m * 10.0**d <= high]
    return alt.Axis(
        values=ticks,
        labelExpr="datum.value >= 1000 ? format(datum.value / 1000, '~g') + ' s' : format(datum.value, '~g') + ' ms'",
        domain=False,
        ticks=False,
        grid=True,
        labelPadding=8,
        labelFlush=across,
        title=None,
    )


def backdrop(scene: Scene, size: Rendition, *, terse: bool = False) -> list[Layer]:
    """Stages along the top, faults as bands, each named as far as there is room; `terse`: bands by letter, no names of stages."""
    x, floor_, top = time_axis(scene, size), alt.value(size.height), alt.value(0 if terse else -20)
    bands = over(_bands(scene, size, terse=terse))
    stages = _stages(scene, size, terse=terse)
    text = {"align": "left", "fontSize": 12}
    return [
        bands.mark_rect(color=Ink.BAND, opacity=1).encode(x=x, x2="to:Q", y=alt.value(0), y2=floor_),
        bands.mark_text(dx=6, baseline="top", color=Ink.FAIL, **text).encode(x=x, y=alt.value(6), text="text:N"),
        over([row for row in stages if row["t"] > 0])
        .mark_rule(color=Ink.SOFT, strokeDash=[2, 4], strokeOpacity=0.6)
        .encode(x=x, y=top, y2=floor_),
        over(stages).mark_text(dx=3, color=Ink.SOFT, **text).encode(x=x, y=alt.value(-11), text="text:N"),
    ]


def _bands(scene: Scene, size: Rendition, *, terse: bool) -> list[Row]:
    per_s = size.width / scene.end_s if scene.end_s else 0.0
    rows: list[Row] = []
    for index, fault in enumerate(scene.faults):
        if fault.from_s is None or fault.from_s >= scene.end_s:
            continue
        to = scene.end_s if fault.to_s is None else min(scene.end_s, fault.to_s)
        room = 0.0 if terse else (to - fault.from_s) * per_s - 10
        rows.append({"t": fault.from_s, "to": to, "text": _fitting(letter(index), fault, room)})
    return rows


def _fitting(name: str, fault: FaultSummary, room: float) -> str:
    texts = (f"{name} {fault.name} · {fault.edge} {fault.describe}", f"{name} {fault.name}")
    return next((text for text in texts if len(text) * _CHAR <= room), name)


def _stages(scene: Scene, size: Rendition, *, terse: bool) -> list[Row]:
    per_s = size.width / scene.end_s if scene.end_s else 0.0
    rows: list[Row] = []
    for stage in scene.stages:
        if stage.from_s < scene.end_s:
            fits = not terse and len(stage.name) * _CHAR < (stage.to_s - stage.from_s) * per_s
            rows.append({"t": stage.from_s, "text": stage.name if fits else ""})
    return rows


def events(scene: Scene, size: Rendition) -> list[Layer]:
    """Findings as triangles on the floor (errors in the colour of fail), marks as diamonds."""
    shapes = [
        ("error", "triangle-up", Ink.FAIL),
        ("warning", "triangle-up", Ink.UNKNOWN),
        ("note", "triangle-up", Ink.SOFT),
    ]
    times = {level: [f.at_s for f in scene.findings if f.level == level and f.at_s is not None] for level, *_ in shapes}
    times["mark"] = [mark.at_s for mark in scene.marks]
    return [
        over([{"t": t} for t in times[kind] if 0 <= t <= scene.end_s])
        .mark_point(shape=shape, filled=True, color=ink, opacity=1, size=60)
        .encode(x=time_axis(scene, size), y=alt.value(size.height - 7))
        for kind, shape, ink in (*shapes, ("mark", "diamond", Ink.INK))
    ]
