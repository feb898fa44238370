"""Effects with their intervals against the margin: a row per number, worst first; and each pair as a dot, as small as a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from markupsafe import Markup

from harness.model import Judgement
from harness.report.canvas import Layer, Row, at_y, draw, over, to_y
from harness.report.paint import Ink
from harness.report.scene import Rendition
from harness.report.vega import alt
from harness.results import MetricComparison

MOST_ROWS = 16
_LOOK = {
    Judgement.REGRESSED: ("diamond", Ink.FAIL, Ink.FAIL),
    Judgement.IMPROVED: ("triangle-down", Ink.PASS, Ink.PASS),
    Judgement.EQUIVALENT: ("circle", Ink.PASS, Ink.PASS),
    Judgement.INCONCLUSIVE: ("circle", Ink.UNKNOWN, Ink.PAPER),
}

_TOO_FEW = "too few"  # a number that does not gate


def drawable(metrics: Sequence[MetricComparison]) -> tuple[MetricComparison, ...]:
    """Relative effects that have an interval; those that gate first, and no more than fit a picture."""
    known = [
        one
        for one in metrics
        if one.effect_is == "ratio" and all(v is not None and isfinite(v) for v in (one.effect, one.low, one.high))
    ]
    return tuple(sorted(known, key=lambda one: not one.gates)[:MOST_ROWS])


def forest(metrics: Sequence[MetricComparison], size: Rendition) -> Markup:
    """Percent, candidate over base. The shaded stretch is the margin; an interval that leaves the picture ends at its edge."""
    low, high = _reach(metrics)
    rows = [_row(one, number, low, high) for number, one in enumerate(metrics)]
    left = 210 if size.css_class == "wide" else 118
    own = replace(size, width=size.width - (left - size.left), height=26 * max(1, len(rows)), left=left)
    name = "slice(datum.label, 3)"  # behind the number that keeps equal names apart
    labels = alt.Axis(
        domain=False, ticks=False, labelColor=Ink.INK, labelLimit=left - 12, labelPadding=10, labelExpr=name
    )
    y = alt.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=labels)
    ticks = alt.Axis(
        tickCount=8 if size.css_class == "wide" else 4,
        labelExpr="(datum.value > 0 ? '+' : datum.value < 0 ? '−' : '') + format(abs(datum.value), '~g') + ' %'",
        domain=False,
        ticks=False,
        grid=True,
        title=None,
    )
    x = alt.X("v:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=ticks, title=None)
    layers: list[Layer] = []
    margins = {one.margin for one in metrics}
    for margin in sorted(margins)[-1:]:
        band = over([{"v": -100 * margin, "to": 100 * margin}]).mark_rect(color=Ink.LINE, opacity=1, fillOpacity=0.45)
        layers.append(band.encode(x=x, x2=alt.X2("to:Q"), y=at_y(0), y2=to_y(own.height)))
    zero = over([{"v": 0}]).mark_rule(color=Ink.SOFT, strokeWidth=1)
    layers.append(zero.encode(x=x, y=at_y(0), y2=to_y(own.height)))
    looks = {**{judgement.value: look for judgement, look in _LOOK.items()}, _TOO_FEW: ("circle", Ink.SOFT, Ink.PAPER)}
    for judgement, (shape, ink, fill) in looks.items():
        if mine := [row for row in rows if row["judgement"] == judgement]:
            base = over(mine)
            line = base.mark_rule(color=ink, strokeWidth=1.8)
            layers.append(line.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y))
            point = base.mark_point(
                shape=shape, filled=True, fill=fill, stroke=ink, strokeWidth=1.8, size=62, opacity=1
            )
            layers.append(point.encode(x=x, y=y))
    told = f": {metrics[0].metric} of {metrics[0].operation} {rows[0]['v']:+.1f} %" if metrics else ""
    return draw(layers, own, f"Effects with their intervals against the margin{told}", top=6)


def _reach(metrics: Sequence[MetricComparison]) -> tuple[float, float]:
    effects = [abs(100 * float(one.effect or 0)) for one in metrics]
    margins = [100 * one.margin for one in metrics]
    ends = [abs(100 * float(end or 0)) for one in metrics for end in (one.low, one.high)]
    cap = max(3 * max(effects, default=0), 4 * max(margins, default=5.0))
    reach = min(max([*ends, *(1.6 * m for m in margins)], default=5.0), cap) * 1.08
    below = min((100 * float(one.low or 0) for one in metrics), default=-reach)
    return max(-reach, min(below, -1.6 * max(margins, default=5.0)) * 1.08, -100.0), reach


def _row(one: MetricComparison, number: int, low: float, high: float) -> Row:
    def inside(value: object) -> float:
        return min(high, max(low, 100 * float(value)))  # type: ignore[arg-type]  # `drawable` keeps only numbers

    return {
        "name": f"{number:03}{one.operation} {one.subject or one.metric}".rstrip(),
        "v": inside(one.effect),
        "low": inside(one.low),
        "high": inside(one.high),
        "judgement": one.judgement.value if one.gates else _TOO_FEW,
    }


def dots(one: MetricComparison) -> Markup:
    """The effect of every pair that counts, on one line; the margin is shaded."""
    width, height = 96, 16
    values = [float(v) for v in one.each if v is not None and isfinite(v)]
    if not values:
        return Markup("")
    reach = max([*(abs(v) for v in values), one.margin * 1.5]) or 1.0

    def x(value: float) -> float:
        return width / 2 + value / reach * (width / 2 - 4)

    band = f'<rect x="{x(-one.margin):.1f}" width="{x(one.margin) - x(-one.margin):.1f}" height="{height}" fill="#dfe4e9"/>'
    zero = f'<path d="M{width / 2:.0f},0v{height}" stroke="#566270"/>'
    at = "".join(f"M{x(v):.1f},{height / 2:.0f}h0" for v in values[:40])
    points = f'<path class="each" d="{at}" stroke="#2456a6" stroke-width="5" stroke-linecap="round"/>'
    box = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return Markup(f'<svg class="dots" {box} aria-hidden="true">{band}{zero}{points}</svg>')  # noqa: S704  # only numbers go in
