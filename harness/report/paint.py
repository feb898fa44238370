"""From Vega's SVG to one that lives in a page: colours become CSS variables, so that themes and print need one picture only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

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
    while (shorter := _EMPTY.sub("", body)) != body:
        body = shorter
    view = re.search(r'viewBox="([^"]+)"', svg)
    if view is None:
        raise ValueError("Vega's SVG has no viewBox")
    more = "".join(f' {name}="{escape(value)}"' for name, value in (attributes or {}).items())
    # Without a style sheet only the wide picture shows, in its own size.
    box = view[1].split()
    size = 'width="0" height="0"' if css_class == "narrow" else f'width="{box[2]}" height="{box[3]}"'
    head = f'<svg class="{escape(css_class)}" {size} viewBox="{view[1]}" role="img" aria-label="{escape(label)}"{more}>'
    return Markup(head + body)  # noqa: S704  # Vega escapes the text it draws; the label is escaped above


def _short(number: re.Match[str]) -> str:
    """A tenth of a pixel is finer than any eye."""
    text = f"{float(number[0]):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
