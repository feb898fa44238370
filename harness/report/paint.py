"""From Vega's SVG to one that lives in a page: colours become CSS variables, so that themes and print need one picture only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from markupsafe import Markup, escape


class Ink(StrEnum):
    """Sentinel colours, drawn by nobody else; each stands for a CSS variable of the same name."""

    INK = "#010101"
    SOFT = "#010102"
    LINE = "#010103"
    FIRST = "#010104"
    SECOND = "#010105"
    FAIL = "#010106"
    UNKNOWN = "#010107"
    BAND = "#010108"
    PAPER = "#010109"
    PASS = "#01010a"


PLAIN = {
    Ink.INK: "#16202b",
    Ink.SOFT: "#566270",
    Ink.LINE: "#dfe4e9",
    Ink.FIRST: "#2456a6",
    Ink.SECOND: "#b8500a",
    Ink.FAIL: "#b92f26",
    Ink.UNKNOWN: "#8f5f00",
    Ink.BAND: "#f9e9e8",
    Ink.PAPER: "#fff",
    Ink.PASS: "#1a7a48",
}
"""The light theme once more, for where even the style sheet is forbidden (Jenkins)."""

_NUMBER = re.compile(r"-?\d+\.\d+")
_LINE = re.compile(r"M[-\d.]+,[-\d.]+(?:L[-\d.]+,[-\d.]+)+")
_NOISE = re.compile(
    r' (?:xmlns:xlink|version|aria-hidden|aria-roledescription|aria-label|role|pointer-events|font-family|stroke-miterlimit|opacity|class)="[^"]*"'
)
_EMPTY = re.compile(
    r'<path d="M0,0h0v0h0Z"/>|<path d="M0(?:\.5)?,0(?:\.5)?h[\d.]+v[\d.]+h-[\d.]+Z"/>|<path d="" display="none"/>|<g></g>|<g/>'
)


def painted(svg: str, label: str, css_class: str, attributes: Mapping[str, str] | None = None) -> Markup:
    """`label` is what a screen reader says, `attributes` what the script reads.

    Raises ValueError where Vega drew something that needs an id (two pictures would share it).
    """
    if ' id="' in svg:
        raise ValueError("the chart has a clip path or a gradient; draw without one")
    body = svg[svg.index(">") + 1 :]
    body = re.sub(r'^<rect[^>]*fill="white"/>', "", body)
    body = body.replace(
        'class="mark-group role-axis"', "data-axis"
    )  # the script moves marks and redraws the axis of time
    body = _NOISE.sub("", body)
    for ink in Ink:
        body = body.replace(ink.value, f"var(--{ink.name.lower()},{PLAIN[ink]})")
    body = _NUMBER.sub(_short, body)
    body = _LINE.sub(_along, body)
    while (shorter := _EMPTY.sub("", body)) != body:
        body = shorter
    view = re.search(r'viewBox="([^"]+)"', svg)
    if view is None:
        raise ValueError("Vega's SVG has no viewBox")
    more = "".join(f" {name}={_quoted(value)}" for name, value in (attributes or {}).items())
    # Without a style sheet only the wide picture shows, in its own size.
    box = view[1].split()
    size = 'width="0" height="0"' if css_class == "narrow" else f'width="{box[2]}" height="{box[3]}"'
    head = f'<svg class="{escape(css_class)}" {size} viewBox="{view[1]}" role="img" aria-label="{escape(label)}"{more}>'
    return Markup(head + body)  # noqa: S704  # Vega escapes the text it draws; the label is escaped above


def _along(line: re.Match[str]) -> str:
    """Along an axis one number says where to, and one stroke says as much as many: lines of steps take less than half."""
    points = [point.split(",") for point in line[0][1:].split("L")]
    kept = points[:1]
    for point, after in pairwise(points[1:]):
        if not _on_the_way(kept[-1], point, after):
            kept.append(point)
    kept.append(points[-1])
    parts = [f"M{points[0][0]},{points[0][1]}"]
    for (x0, y0), (x, y) in pairwise(kept):
        parts.append(f"H{x}" if y == y0 else f"V{y}" if x == x0 else f"L{x},{y}")
    return "".join(parts)


def _on_the_way(before: Sequence[str], point: Sequence[str], after: Sequence[str]) -> bool:
    """From left to right, or straight up or down."""
    for fixed, moving in ((0, 1), (1, 0)):
        if before[fixed] == point[fixed] == after[fixed]:
            a, b, c = (float(one[moving]) for one in (before, point, after))
            return min(a, c) <= b <= max(a, c)
    return False


def _quoted(value: str) -> str:
    """In single quotes where it holds double ones, as JSON does: each would take five bytes."""
    if '"' not in value:
        return f'"{escape(value)}"'
    return "'" + str(escape(value)).replace("&#34;", '"') + "'"


def _short(number: re.Match[str]) -> str:
    """A tenth of a pixel is finer than any eye."""
    text = f"{float(number[0]):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
