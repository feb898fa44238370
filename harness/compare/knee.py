"""Where a curve that rises begins to rise steeply. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

__all__ = ["knee_of"]

_RISE = 1.5  # the last point over the first, below which the curve is called flat
_BEND = 0.15  # how far the knee must lie from the straight line, as a share of the whole
_POINTS = 4


def knee_of(points: Sequence[tuple[float, float]]) -> float | None:
    """The x after which y rises faster than before; None where the curve is flat, straight, or has under four finite points.

    The point furthest below the chord, both axes scaled to one: Satopää et al., "Finding a Kneedle in a Haystack" (2011),
    for a convex rising curve. Points in any order; of several at one x the middle one counts.
    """
    curve = [(x, _middle([y for at, y in points if at == x and isfinite(y)])) for x in sorted({x for x, _ in points})]
    known = [(x, y) for x, y in curve if y is not None and y > 0]
    if len(known) < _POINTS:
        return None
    (left, low), (right, high) = known[0], known[-1]
    if high < low * _RISE:
        return None
    bends = [((x - left) / (right - left) - (y - low) / (high - low), x) for x, y in known]
    bend, at = max(bends)
    return at if bend >= _BEND else None


def _middle(values: Sequence[float]) -> float | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None
