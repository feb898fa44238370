"""Where a series of runs changed its level, not where one run was odd. Pure.

Splits are found by the energy statistic of E-divisive (Matteson & James 2014, arXiv:1306.4933) and kept by Welch's t at p <= 0.001, weakest out
first until all hold, as Fleming et al. (Hunter, ICPE 2023, doi 10.1145/3578244.3583719) do for histories of performance. Apache Otava is their
program; it needs clients of BigQuery, Slack and Postgres and holds numpy at 2.2, so what is needed of the method stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FEWEST = 4  # runs on either side of a change: fewer may be a bad hour
P_LIMIT = 0.001
_WEAK = 10.0  # times the limit, for what is held against its neighbours later
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
    while found:
        told = _told(series, found)
        weakest = max(told, key=lambda one: (one.p, -abs(one.after - one.before)))
        small = min(told, key=lambda one: abs(one.after - one.before))
        if weakest.p > P_LIMIT:
            found.remove(weakest.index)
        elif abs(small.after - small.before) < least:
            found.remove(small.index)
        else:
            return tuple(told)
    return ()


def _split(series: Floats, start: int, end: int) -> list[int]:
    """Every weak change inside, by halving at the best place for as long as it is significant."""
    at = _best(series[start:end])
    if at is None or _p(series[start : start + at], series[start + at : end]) > P_LIMIT * _WEAK:
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
    if max(a.std(), b.std()) < _FLOOR:
        return 0.0 if abs(a.mean() - b.mean()) > _FLOOR else 1.0
    from scipy.stats import ttest_ind  # takes a second, and only histories need it

    return float(ttest_ind(a, b, equal_var=False).pvalue)
