"""The paired t of a crossover: what two arms differ by, when each pair of runs was made in one order or the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, isfinite, sqrt

import numpy as np
from scipy.special import ndtri, stdtrit

FEWEST = 5  # pairs, below which nothing is judged
POWER = 0.8  # with which the number of pairs that is named would decide
ENDLESS = 1000  # pairs: more are no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """`effect` is the mean difference free of order, within [low, high]; `spread` is the standard deviation of one pair's difference.

    `weight` is by how much the effect varies less than one pair: effect has standard error spread / sqrt(weight).
    """

    effect: float
    low: float
    high: float
    spread: float
    degrees: int
    pairs: int
    weight: float


def paired(differences: Sequence[float], order: Sequence[int], alpha: float) -> Paired | None:
    """Least squares of d_k = effect + g o_k + e_k, where o_k is +1 when the base ran first and -1 when it ran last.

    The interval leaves `alpha` on each side (Student's t, K - 2 degrees; for an AB/BA crossover see Senn, Cross-over Trials in Clinical
    Research, 3.4). With fewer than two pairs in either order the order cannot be told from nothing, and is left out. None below three pairs.
    """
    d, o = np.asarray(differences, dtype=float), np.asarray(order, dtype=float)
    k = len(d)
    if k < 3:
        return None
    both = k >= 4 and min(int((o > 0).sum()), int((o < 0).sum())) >= 2
    design = np.column_stack([np.ones(k), o]) if both else np.ones((k, 1))
    inverse = np.linalg.inv(design.T @ design)
    solution = inverse @ design.T @ d
    degrees = k - design.shape[1]
    spread = sqrt(float(((d - design @ solution) ** 2).sum()) / degrees)
    half = _student(1 - alpha, degrees) * spread * sqrt(inverse[0, 0])
    effect = float(solution[0])
    return Paired(
        effect=effect,
        low=effect - half,
        high=effect + half,
        spread=spread,
        degrees=degrees,
        pairs=k,
        weight=1 / float(inverse[0, 0]),
    )


def smallest_effect(spread: float, pairs: int, alpha: float = 0.05) -> float:
    """The effect that `pairs` pairs show with a power of 80 %, in units of `spread` (log ratios, or differences)."""
    if pairs < 3:
        return float("inf")
    degrees = max(1, pairs - 2)
    return (_student(1 - alpha, degrees) + _student(POWER, degrees)) * spread / sqrt(pairs)


def smallest_margin(spread: float, pairs: int, alpha: float = 0.05) -> float:
    """The margin within which `pairs` pairs call equal arms equivalent with a power of 80 %."""
    if pairs < 3:
        return float("inf")
    degrees = max(1, pairs - 2)
    return (_student(1 - alpha, degrees) + _student((1 + POWER) / 2, degrees)) * spread / sqrt(pairs)


def pairs_needed(effect: float, spread: float, margin: float, alpha: float = 0.05) -> int | None:
    """About how many pairs in all would decide, with a power of 80 %; None where no affordable number would.

    To find an effect e beyond the margin m, with v = spread²: 2 + max((z_alpha + z_.8)² v / e², z_.8² v / (e - m)²).
    To call it equivalent: 2 + (z_alpha + z_.9)² v / m² (both tests have to succeed; Chow, Shao & Wang, Sample Size Calculations, 3.2).
    """
    if not (isfinite(effect) and isfinite(spread)):
        return None
    one, sure, both = (float(ndtri(q)) for q in (1 - alpha, POWER, (1 + POWER) / 2))
    v, e = spread**2, abs(effect)
    to_find = max((one + sure) ** 2 * v / e**2, sure**2 * v / (e - margin) ** 2) if e > margin else 0.0
    wanted = 2 + (to_find if e > margin else (one + both) ** 2 * v / margin**2)
    return None if wanted > ENDLESS else max(FEWEST + 1, 2 * ceil(wanted / 2))


@lru_cache(maxsize=256)
def _student(share: float, degrees: int) -> float:
    """A quantile of Student's t: the same few are asked for again and again."""
    return float(stdtrit(degrees, share))
