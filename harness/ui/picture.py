"""The target's edges as a picture: who calls whom, and which fault lies on the way. Pure: places and words out, the template draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Box", "Line", "Picture", "picture_of"]

_FRONT = ("front", "ingress", "gateway")


@dataclass(frozen=True, slots=True)
class Box:
    """A process: `x` and `y` of its left top corner."""

    x: float
    y: float
    width: float
    height: float
    title: str
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An edge between two boxes. `tone` is up, hurt, down, missing or unknown; `words` name the faults on it."""

    x1: float
    y1: float
    x2: float
    y2: float
    name: str
    tone: str
    words: tuple[str, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        """Where its words stand: nearer the far end, where lines that fan out are apart."""
        share = 0.6
        return self.x1 + (self.x2 - self.x1) * share, self.y1 + (self.y2 - self.y1) * share

    @property
    def anchors(self) -> tuple[str, str]:
        """How its name, which stands above it, and its words below lie about the middle: on a line that leans, away from it."""
        if self.x1 == self.x2:
            return "start", "start"
        lean = self.y2 - self.y1
        return ("middle", "middle") if abs(lean) < 1 else ("start", "end") if lean > 0 else ("end", "start")


@dataclass(frozen=True, slots=True)
class Picture:
    """`css` tells wide from narrow; `about` is for a screen reader."""

    css: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    about: str


def picture_of(faults: Mapping[str, Any], *, narrow: bool) -> Picture:
    """Clients, the service, and what it leans on. Wide: from left to right; narrow: from top to bottom."""
    edges: Sequence[Mapping[str, Any]] = faults.get("edges") or ()
    hurting = _words(faults)
    front = [edge for edge in edges if edge["name"] in _FRONT]
    behind = [edge for edge in edges if edge not in front]
    make = _narrow if narrow else _wide
    boxes, lines, size = make(str(faults.get("target") or "service"), front, behind, hurting)
    about = "; ".join(
        f"edge {edge['name']}: {', '.join(hurting.get(edge['name'], ())) or edge['state']}" for edge in edges
    )
    return Picture("narrow" if narrow else "wide", *size, tuple(boxes), tuple(lines), about or "no edges")


def _words(faults: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in faults.get("faults") or ():
        if one["phase"] == "in force":
            found[one["edge"]] = (*found.get(one["edge"], ()), f"{one['kind']} {one['describe']}".strip())
    return found


_Edges = Sequence[Mapping[str, Any]]
_Hurting = Mapping[str, tuple[str, ...]]
_Laid = tuple[list[Box], list[Line], tuple[float, float]]


def _wide(target: str, front: _Edges, behind: _Edges, hurting: _Hurting) -> _Laid:
    rows = max(1, len(behind))
    height = 40.0 + rows * 92
    middle = height / 2
    boxes = [
        Box(10, middle - 32, 130, 64, "clients", "load, oracle"),
        Box(390, middle - 38, 170, 76, target, "the service"),
    ]
    lines = [_line(140, middle, 390, middle, front[0] if front else {"name": "direct", "state": "plain"}, hurting)]
    for number, edge in enumerate(behind):
        y = height / 2 + (number - (rows - 1) / 2) * 92
        boxes.append(Box(850, y - 28, 140, 56, edge["name"], edge["protocol"]))
        lines.append(_line(560, middle + (y - middle) * 0.35, 850, y, edge, hurting))
    return boxes, lines, (1000.0, height)


def _narrow(target: str, front: _Edges, behind: _Edges, hurting: _Hurting) -> _Laid:
    boxes = [Box(20, 8, 130, 46, "clients", ""), Box(20, 128, 130, 56, target, "")]
    lines = [_line(85, 54, 85, 128, front[0] if front else {"name": "direct", "state": "plain"}, hurting)]
    for number, edge in enumerate(behind):
        y = 218.0 + number * 66
        boxes.append(Box(250, y - 23, 120, 46, edge["name"], edge["protocol"]))
        lines.append(_line(85, y, 250, y, edge, hurting))
    last = 218.0 + (max(1, len(behind)) - 1) * 66
    if behind:
        lines.append(Line(85, 184, 85, last, "", "plain"))
    return boxes, lines, (380.0, last + 34)


def _line(x1: float, y1: float, x2: float, y2: float, edge: Mapping[str, Any], hurting: _Hurting) -> Line:
    name = str(edge["name"])
    return Line(x1, y1, x2, y2, name, str(edge["state"]), hurting.get(name, ()))
