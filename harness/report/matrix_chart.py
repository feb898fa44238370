"""The heat maps of a matrix: faults down, edges across, each cell with its figure; darker is worse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import isfinite, log10

from markupsafe import Markup

from harness.report.canvas import Layer, Row, draw, over
from harness.report.paint import Ink
from harness.report.scene import NARROW, WIDE, Rendition
from harness.report.vega import alt
from harness.report.words import millis, seconds, share, times
from harness.results import Matrix, MatrixCell

_ROW, _WIDE_COLUMN = 34, 170
_LETTER = 6.6
_HELD = {None: "–", "pass": "held", "fail": "broke", "unknown": "?"}
_INKS = {None: Ink.LINE, "pass": Ink.FIRST, "fail": Ink.FAIL, "unknown": Ink.UNKNOWN}


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A picture in each size, with what it shows."""

    title: str
    caption: str
    pictures: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class _Measure:
    """How one figure of a cell is told, and how bad it is from 0 to 1 (None: not known)."""

    title: str
    caption: str
    told: Callable[[MatrixCell], str]
    bad: Callable[[MatrixCell], float | None]


def heat_maps(matrix: Matrix) -> tuple[HeatMap, ...]:
    """What held, errors, latency, recovery; and broken invariants where there were any audits. None without cells."""
    if not matrix.cells:
        return ()
    return tuple(
        HeatMap(one.title, one.caption, tuple(_drawn(matrix, one, size) for size in _sizes(matrix)))
        for one in _measures(matrix)
    )


def _measures(matrix: Matrix) -> Iterator[_Measure]:
    yield _Measure(
        "Held", "everything that was expected, and every invariant", lambda one: _HELD[_word(one)], lambda _: None
    )
    yield _Measure("Errors", "share of requests under the fault", lambda one: share(one.errors), lambda one: one.errors)
    yield _Measure(
        "Latency",
        "p95 under the fault, and how many times that of the calm run beside it",
        lambda one: _latency(matrix, one),
        lambda one: _slowness(matrix, one),
    )
    yield _Measure(
        "Recovery",
        f"from healed to steady again; > where the run ended first, {matrix.after_s:g} s after",
        _recovery,
        lambda one: None if one.recovery_s is None else min(1.0, one.recovery_s / matrix.after_s),
    )
    if matrix.audits:
        yield _Measure(
            "Broken invariants",
            f"of {len(matrix.audits)} that were audited",
            lambda one: "–" if one.verdict is None else str(len(one.invariants)),
            lambda one: min(1.0, len(one.invariants) / 2) if one.verdict is not None else None,
        )


def _word(one: MatrixCell) -> str | None:
    return None if one.verdict is None else one.verdict.value


def _latency(matrix: Matrix, one: MatrixCell) -> str:
    ratio = matrix.slower(one)
    return millis(one.p95_ms) + (f" · {times(ratio)}" if ratio is not None and isfinite(ratio) else "")


def _slowness(matrix: Matrix, one: MatrixCell) -> float | None:
    """From 1 (as in calm) to 100 times, logarithmic."""
    ratio = matrix.slower(one)
    if ratio is None:
        return None
    return min(1.0, max(0.0, log10(ratio) / 2)) if 0 < ratio < float("inf") else 1.0


def _recovery(one: MatrixCell) -> str:
    if one.recovery_s is None:
        return "–" if one.verdict is None else "not known"
    return f"{'> ' if one.recovery_censored else ''}{seconds(one.recovery_s)}"


def _sizes(matrix: Matrix) -> tuple[Rendition, Rendition]:
    """As wide as the columns need, as high as the rows; names of rows stand on the left, on a phone above their row."""
    longest = max(len(name) for name in matrix.faults)
    left = min(420, round(longest * _LETTER) + 16)
    width = min(WIDE.width + WIDE.left + WIDE.right - left, _WIDE_COLUMN * len(matrix.edges))
    height = _ROW * len(matrix.faults)
    whole = WIDE.width + WIDE.left + WIDE.right
    return (
        replace(WIDE, width=width, height=height, left=left, right=whole - left - width),
        replace(
            NARROW, height=round(height * 1.6), left=4, right=4, width=NARROW.width + NARROW.left + NARROW.right - 8
        ),
    )


def _drawn(matrix: Matrix, measure: _Measure, size: Rendition) -> Markup:
    narrow = size.css_class == "narrow"
    column, row = size.width / len(matrix.edges), size.height / len(matrix.faults)
    head = row * 0.42 if narrow else 0.0  # where a row's name stands
    rows = [
        {
            "x": i * column + 1,
            "x2": (i + 1) * column - 1,
            "y": j * row + head + 1,
            "y2": (j + 1) * row - 1,
            "cx": (i + 0.5) * column,
            "cy": j * row + head + (row - head) / 2,
            "text": _fitting(measure.told(cell), column),
            "bad": measure.bad(cell),
            "ink": _INKS[_word(cell)] if measure.title == "Held" else Ink.FAIL,
        }
        for j, fault in enumerate(matrix.faults)
        for i, edge in enumerate(matrix.edges)
        if (cell := matrix.cell(fault, edge)) is not None
    ]
    layers = [*_boxes(rows, measure.title == "Held", size), *_words(matrix, rows, size, column, row)]
    return draw(layers, size, f"{measure.title}, {measure.caption}: {_aloud(matrix, measure)}", top=24)


def _fitting(text: str, column: float) -> str:
    return text if len(text) * _LETTER < column - 6 else text.split(" · ")[0]


def _boxes(rows: list[Row], by_word: bool, size: Rendition) -> Iterator[Layer]:
    """A frame for every cell; filled by how bad it is, or by its word."""
    x, y = _scale(size.width), _scale(size.height)
    place = {
        "x": alt.X("x:Q", scale=x, axis=None),
        "x2": "x2:Q",
        "y": alt.Y("y:Q", scale=y, axis=None),
        "y2": "y2:Q",
    }
    steps = [(0.16, rows)] if by_word else [(s / 10, [r for r in rows if _step(r) == s]) for s in range(1, 8)]
    for opacity, some in steps:
        for ink in dict.fromkeys(one["ink"] for one in some):
            mine = over([one for one in some if one["ink"] == ink])
            yield mine.mark_rect(fill=ink, fillOpacity=opacity, stroke=None).encode(**place)
    yield over(rows).mark_rect(fillOpacity=0, fill=Ink.PAPER, stroke=Ink.LINE, strokeWidth=1).encode(**place)


def _step(row: Row) -> int:
    bad = row["bad"]
    return 0 if not bad else max(1, round(bad * 7))


def _scale(length: float) -> alt.Scale:
    return alt.Scale(domain=[0, length], range=[0, length], nice=False)


def _words(matrix: Matrix, rows: list[Row], size: Rendition, column: float, row: float) -> Iterator[Layer]:
    x = alt.X("cx:Q", scale=_scale(size.width), axis=None)
    y = alt.Y("cy:Q", scale=_scale(size.height), axis=None)
    yield over(rows).mark_text(fontSize=12, color=Ink.INK, baseline="middle").encode(x=x, y=y, text="text:N")
    edges = [{"cx": (i + 0.5) * column, "cy": -10, "text": edge} for i, edge in enumerate(matrix.edges)]
    yield over(edges).mark_text(fontSize=12, color=Ink.SOFT).encode(x=x, y=y, text="text:N")
    narrow = size.css_class == "narrow"
    faults = [
        {"cx": 2 if narrow else -8, "cy": j * row + (row * 0.25 if narrow else row / 2), "text": name}
        for j, name in enumerate(matrix.faults)
    ]
    align = "left" if narrow else "right"
    text = over(faults).mark_text(fontSize=12, color=Ink.SOFT, align=align, baseline="middle")
    yield text.encode(x=x, y=y, text="text:N")


def _aloud(matrix: Matrix, measure: _Measure) -> str:
    return "; ".join(f"{one.fault} on {one.edge} {measure.told(one)}" for one in matrix.cells)
