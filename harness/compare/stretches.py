"""Two stretches of one run, calm against hurt: how much slower, and how sure that is. For display, never a gate:
one run is one sample, so a difference between *versions* needs pairs of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from harness.compare.quantile import quantile_interval
from harness.model.histogram import Histogram


class Change(StrEnum):
    """What the hurt stretch was, seen from the calm one."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "no clear change"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchEffect:
    """`ratio` is hurt over calm at `share`; [low, high] holds it with at least 90 % confidence (two 95 % intervals, Bonferroni)."""

    share: float
    calm: float
    hurt: float
    ratio: float
    low: float
    high: float
    change: Change


def compare_stretches(calm: Sequence[Histogram], hurt: Sequence[Histogram], share: float) -> StretchEffect | None:
    """Compare one quantile of two stretches, each consecutive histograms of 250 ms. None where either has no data."""
    a, b = quantile_interval(calm, share), quantile_interval(hurt, share)
    if a is None or b is None:
        return None
    low = b.low / a.high if a.high else 0.0
    high = b.high / a.low if a.low else inf
    return StretchEffect(
        share=share,
        calm=a.value,
        hurt=b.value,
        ratio=b.value / a.value if a.value else inf,
        low=low,
        high=high,
        change=_change(low, high),
    )


def _change(low: float, high: float) -> Change:
    if low > 1:
        return Change.SLOWER
    if high < 1:
        return Change.FASTER
    return Change.TOO_FEW if high == inf and low == 0 else Change.SAME
