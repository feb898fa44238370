"""What charts are put together from: axes, fault bands, stages, ticks, and the way from Altair to SVG."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil, floor, isfinite, log10
from typing import Any

import vl_convert
from markupsafe import Markup

from harness.report.hover import Hover
from harness.report.paint import Ink, painted
from harness.report.scene import Rendition, Scene, letter
from harness.report.vega import alt
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


def at_x(px: float) -> Layer:
    """A place in the plot, px from its left edge."""
    return alt.XValue(px)  # type: ignore[no-untyped-call]  # altair leaves it untyped


def at_y(px: float) -> Layer:
    """A place in the plot, px from its top."""
    return alt.YValue(px)  # type: ignore[no-untyped-call]


def to_y(px: float) -> Layer:
    """Where something that began at `at_y` ends."""
    return alt.Y2Value(px)  # type: ignore[no-untyped-call]


@contextmanager
def unchecked() -> Iterator[None]:
    """Altair checks every part against its schema when it is made: half of its time, so pages go without, and the tests of charts with."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


def over(rows: Sequence[Row]) -> Layer:
    """A chart of some rows. They travel as JSON text, since altair copies a list once per mark and encoding."""
    text = json.dumps(list(rows), default=float)
    data = alt.InlineData(values=text, format=alt.JsonDataFormat(type="json"))
    return alt.Chart(data)


def draw(layers: Sequence[Layer], size: Rendition, label: str, top: int = 24, hover: Hover | None = None) -> Markup:
    """Layers as one SVG of fixed size. `label` is what a screen reader says, `hover` what the script may show under a pointer."""
    chart = alt.layer(*layers).properties(
        width=size.width,
        height=size.height,
        padding={"left": size.left, "right": size.right, "top": top, "bottom": 26},
        autosize=alt.AutoSizeParams(type="none"),
    )
    spec = chart.to_dict(validate=False)  # three quarters of the time; Vega-Lite itself refuses what it can't read
    svg = vl_convert.vegalite_to_svg({**spec, "config": _QUIET}, allowed_base_urls=[])  # and no network
    plot = {"data-plot": f"{size.left} {top} {size.width} {size.height}"}
    return painted(svg, label, size.css_class, plot | (hover.attributes() if hover else {}))


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
    x, floor_, top = time_axis(scene, size), to_y(size.height), at_y(0 if terse else -20)
    bands, stages = _bands(scene, size, terse=terse), _stages(scene, size, terse=terse)
    marks: list[Row] = [{"t": mark.at_s} for mark in scene.marks if 0 <= mark.at_s <= scene.end_s]
    text = {"align": "left", "fontSize": 12}
    layers: list[Layer] = []
    if bands:
        shaded = over(bands)
        layers += [
            shaded.mark_rect(color=Ink.BAND, opacity=1).encode(x=x, x2=alt.X2("to:Q"), y=at_y(0), y2=floor_),
            shaded.mark_text(dx=6, baseline="top", color=Ink.FAIL, **text).encode(
                x=x, y=at_y(6), text=alt.Text("text:N")
            ),
        ]
    if later := [row for row in stages if row["t"] > 0]:
        dotted = over(later).mark_rule(color=Ink.SOFT, strokeDash=[2, 4], strokeOpacity=0.6)
        layers.append(dotted.encode(x=x, y=top, y2=floor_))
    if named := [row for row in stages if row["text"]]:
        names = over(named).mark_text(dx=3, color=Ink.SOFT, **text)
        layers.append(names.encode(x=x, y=at_y(-11), text=alt.Text("text:N")))
    if marks:
        line = over(marks).mark_rule(color=Ink.INK, strokeWidth=1, strokeOpacity=0.55)
        layers.append(line.encode(x=x, y=at_y(0), y2=floor_))
    return layers


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


def events(scene: Scene, size: Rendition, *, above: int = 0, hollow: bool = False) -> list[Layer]:
    """Findings as triangles on the floor (errors in the colour of fail), marks as diamonds; `above` px over the floor, for a second row."""
    inks = {"error": Ink.FAIL, "warning": Ink.UNKNOWN, "note": Ink.SOFT}
    shapes = [
        ("triangle-up", ink, [t for level, t in scene.findings if level == name])
        for name, ink in reversed(inks.items())
    ]
    shapes.append(("diamond", Ink.INK, [mark.at_s for mark in scene.marks]))
    layers = []
    for shape, ink, times in shapes:
        shown = _apart([t for t in times if 0 <= t <= scene.end_s], scene.end_s / 400)
        look = {"fill": Ink.PAPER, "stroke": ink} if hollow else {"fill": ink, "stroke": Ink.PAPER}
        point = over([{"t": t} for t in shown]).mark_point(
            shape=shape, opacity=1, size=96, strokeWidth=1 + hollow / 2, **look
        )
        if shown:
            layers.append(point.encode(x=time_axis(scene, size), y=at_y(size.height - 8 - above)))
    return layers


def _apart(times: Sequence[float], least: float) -> list[float]:
    """Those that would lie on one another are drawn once, so that a million findings are at most a few hundred shapes."""
    kept: list[float] = []
    for t in sorted(times):
        if not kept or t - kept[-1] >= least:
            kept.append(t)
    return kept
