"""Where a series of runs changed its level, not where one run was odd. Pure.

Splits are found by the energy statistic of E-divisive (Matteson & James 2014, arXiv:1306.4933) and kept by Welch's t at p <= 0.001, weakest out
first until all hold, as Fleming et al. (Hunter, ICPE 2023, doi 10.1145/3578244.3583719) do for histories of performance. They look inside windows,
for a short level between two equal ones is no difference between halves; here the series is split to the end before anything is left out, which
finds the same. Apache Otava is their program; it needs clients of BigQuery, Slack and Postgres and holds numpy at 2.2, so what is needed of the
method stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

FEWEST = 4  # runs on either side of a change: fewer may be a bad hour
P_LIMIT = 0.001
_LONG = 25  # runs, beyond which the limit falls: a level may begin and end at as many places as n²
_FLOOR = 1e-9  # of a spread: equal numbers differ by rounding

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The first run of a new level: means before and after (up to the neighbouring changes), and the p of their difference."""

    index: int
    before: float
    after: float
    p: float


def change_points(values: Sequence[float], least: float = 0.0) -> tuple[ChangePoint, ...]:
    """In order of time. `values` are finite, say logarithms; changes of less than `least` are left out."""
    series = np.asarray(values, dtype=float)
    found = _split(series, 0, len(series))
    limit = P_LIMIT * min(1.0, (_LONG / max(1, len(series))) ** 2)
    while found:
        told = _told(series, found)
        weakest = max(told, key=lambda one: (one.p, -abs(one.after - one.before)))
        small = min(told, key=lambda one: abs(one.after - one.before))
        if weakest.p > limit:
            found.remove(weakest.index)
        elif abs(small.after - small.before) < least:
            found.remove(small.index)
        else:
            return tuple(told)
    return ()


def _split(series: Floats, start: int, end: int) -> list[int]:
    """Every place where there may be a change, by splitting at the best one for as long as there is room.

    However little the two sides differ: of a level that came and went they hold a part each.
    """
    at = _best(series[start:end])
    if at is None:
        return []
    middle = start + at
    return [*_split(series, start, middle), middle, *_split(series, middle, end)]


def _best(part: Floats) -> int | None:
    """The split with the largest energy statistic: (nm/(n+m)) (2 E|X-Y| - E|X-X'| - E|Y-Y'|)."""
    n = len(part)
    if n < 2 * FEWEST:
        return None
    distance = np.abs(part[:, None] - part[None, :])
    corner = distance.cumsum(axis=0).cumsum(axis=1)
    best, place = -1.0, None
    for m in range(FEWEST, n - FEWEST + 1):
        left, whole = corner[m - 1, m - 1], corner[-1, -1]
        across = corner[m - 1, -1] - left
        right = whole - left - 2 * across
        k = n - m
        energy = 2 * across / (m * k) - left / (m * (m - 1)) - right / (k * (k - 1))
        if (value := m * k / n * energy) > best:
            best, place = value, m
    return place


def _told(series: Floats, found: Sequence[int]) -> list[ChangePoint]:
    edges = [0, *found, len(series)]
    told = []
    for i, at in enumerate(found, 1):
        before, after = series[edges[i - 1] : at], series[at : edges[i + 1]]
        told.append(ChangePoint(at, float(before.mean()), float(after.mean()), _p(before, after)))
    return told


def _p(a: Floats, b: Floats) -> float:
    """Two-sided (Welch 1947). As scipy's `ttest_ind`, which takes thirty times as long, and a series has many places."""
    if max(a.std(), b.std()) < _FLOOR:
        return 0.0 if abs(a.mean() - b.mean()) > _FLOOR else 1.0
    squares = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    error = sum(squares)
    degrees = error**2 / (squares[0] ** 2 / (len(a) - 1) + squares[1] ** 2 / (len(b) - 1))
    return float(2 * stdtr(degrees, -abs(a.mean() - b.mean()) / np.sqrt(error)))
