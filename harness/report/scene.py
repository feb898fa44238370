"""What every picture over time shares, and the two sizes that pictures are drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.results import FaultSummary, MarkSummary, Stage

_STEPS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_ENOUGH = 60  # requests a point, so that a p99 means something


@dataclass(frozen=True, slots=True)
class Rendition:
    """`width` and `height` of the plot, px; `css_class` decides when it is shown; `points` is the most that make sense in it."""

    css_class: str
    width: int
    height: int
    points: int
    left: int = 58
    right: int = 40

    def low(self) -> Rendition:
        """The same, for a picture below the main one."""
        return replace(self, height=96)


WIDE = Rendition("wide", 1054, 220, 300, left=66)
NARROW = Rendition(
    "narrow", 276, 190, 120, left=50, right=36
)  # with its margins as wide as a phone, so text keeps its size
ARMS_WIDE = replace(WIDE, width=994, right=100)
ARMS_NARROW = replace(NARROW, width=240, right=72)
"""With room for the names of both arms behind their lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """From 0 to `end_s`, with stages, faults (in order: A, B, C…) and what happened. `findings` are levels and seconds."""

    end_s: float
    stages: Sequence[Stage] = ()
    faults: Sequence[FaultSummary] = ()
    findings: Sequence[tuple[str, float]] = ()
    marks: Sequence[MarkSummary] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """What an expectation allows a quantile of the operation that is drawn, ms."""

    ms: float
    text: str


def letter(index: int) -> str:
    """A, B … Z, AA, AB: how a fault is called in a picture."""
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def step_s(scene_s: float, requests: int, points: int) -> float:
    """Seconds per point: at most `points` of them and, where the run is long enough, 60 requests each."""
    enough = _ENOUGH * scene_s / requests if requests else 1.0
    wanted = max(scene_s / points, min(enough, scene_s / 30))
    return next((step for step in _STEPS if step >= wanted), 600.0 * max(1, round(wanted / 600)))
