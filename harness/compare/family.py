"""Many metrics at once, and still at most 5 % of comparisons with any false alarm: the largest statistic under sign flips. Pure.

If nothing changed, a pair's differences could as well have had the other sign, all of them together. So the whole family is
recomputed for each pattern of signs, and a metric is held against the *largest* statistic of each. The correlation of the metrics is
kept, whatever it is (Westfall & Young 1993, 2.3; with two orders in random blocks the flips are the design's own, Ernst 2004).

The statistic is a t whose variance is shrunk towards that of its kin (all p95, all p50, ...): six pairs know their own variance badly, and
forty metrics know each other's well (Smyth 2004; Tusher, Tibshirani & Chu 2001). How far is what the metrics themselves say: little where
their mean squares scatter more than chance makes them. What it shrinks to, and how far, does not change with a sign, so the test stays exact.

Metrics are then taken from the largest on, each held against those not yet taken (step-down; Westfall & Young 1993, 2.6): still at most 5 %
with any false alarm, whichever metrics have changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import polygamma

Floats = npt.NDArray[np.float64]
KINSHIP = 12  # degrees of freedom that kin are worth at most; 0 would be a plain t
LEAST_KINSHIP = 3
FEWEST_KIN = 8  # metrics, below which nobody knows how much they scatter
EXACT = 12  # pairs, up to which every pattern of signs is taken
PATTERNS = 4096  # that are drawn beyond
_SLACK = 1e-9
_CELLS = 2_000_000  # of a table at a time, so that memory stays small


def family_p(differences: Floats, kin: Sequence[str], rng: np.random.Generator | None = None) -> tuple[Floats, Floats]:
    """For each column of `differences` (pairs x metrics, positive is worse) the family-wise p of a change for the worse, and for the better.

    `kin` names the group of each column. `rng` draws the patterns beyond 12 pairs; it must be given then. Raises ValueError where it is not.
    """
    pairs, metrics = differences.shape
    if not metrics or not pairs:
        return np.ones(metrics), np.ones(metrics)
    signs = _signs(pairs, rng)
    squares = (differences**2).sum(axis=0)
    prior = _of_kin(squares / pairs, kin)
    worth = kinship(squares / pairs / np.where(prior > 0, prior, 1.0), pairs)
    observed = _statistic(np.ones((1, pairs)), differences, squares, prior, worth)[0]
    down, up = np.argsort(-observed, kind="stable"), np.argsort(observed, kind="stable")
    worse, better = np.zeros(metrics), np.zeros(metrics)
    step = max(1, _CELLS // metrics)
    for start in range(0, len(signs), step):
        flipped = _statistic(signs[start : start + step], differences, squares, prior, worth)
        worse[down] += _as_large(flipped[:, down], observed[down])
        better[up] += _as_large(-flipped[:, up], -observed[up])
    worse[down], better[up] = np.maximum.accumulate(worse[down]), np.maximum.accumulate(better[up])
    return worse / len(signs), better / len(signs)


def _as_large(flipped: Floats, observed: Floats) -> Floats:
    """In how many patterns the largest of a metric and of all after it is as large as what was seen of it."""
    largest = np.maximum.accumulate(flipped[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((largest >= observed - _SLACK).sum(axis=0), dtype=np.float64)


def kinship(relative: Floats, pairs: int) -> float:
    """Degrees of freedom that kin are worth, from each metric's mean square over the median of its kin.

    If all had one variance, the logarithms would scatter by trigamma(pairs / 2); what they scatter more is trigamma(d / 2) of the d looked for
    (Smyth 2004, 6.2, with moments about zero, which no sign changes).
    """
    known = np.log(relative[relative > 0])
    if len(known) < FEWEST_KIN:
        return KINSHIP
    more = float(known.var()) - float(polygamma(1, pairs / 2))
    least, most = (float(polygamma(1, worth / 2)) for worth in (KINSHIP, LEAST_KINSHIP))
    return 2 * _trigamma_inverse(min(max(more, least), most))


def _trigamma_inverse(value: float) -> float:
    """By Newton's method, from below (Smyth 2004, appendix)."""
    x = 0.5 + 1 / value
    for _ in range(20):
        trigamma = float(polygamma(1, x))
        x += trigamma * (1 - trigamma / value) / float(polygamma(2, x))
    return x


def false_discovery(p: Sequence[float], rate: float = 0.1) -> tuple[bool, ...]:
    """Which of many single p-values are worth a look (Benjamini & Hochberg 1995): about `rate` of them will be nothing."""
    values = np.asarray(p, dtype=float)
    if not len(values):
        return ()
    order = np.argsort(values)
    below = np.flatnonzero(values[order] <= rate * np.arange(1, len(values) + 1) / len(values))
    keep = np.zeros(len(values), dtype=bool)
    if len(below):
        keep[order[: below[-1] + 1]] = True
    return tuple(bool(one) for one in keep)


def _statistic(signs: Floats, differences: Floats, squares: Floats, prior: Floats, worth: float) -> Floats:
    pairs = len(differences)
    mean = signs @ differences / pairs
    within = np.maximum(squares - pairs * mean**2, 0.0)
    variance = (within + worth * prior) / (pairs - 1 + worth)
    statistic = mean / np.sqrt(np.maximum(variance, 1e-300) / pairs)
    return np.asarray(np.where(variance > 0, statistic, 0.0), dtype=np.float64)


def _of_kin(second: Floats, kin: Sequence[str]) -> Floats:
    """The median mean square of each column's kin; of the column itself where most of its kin never differ."""
    prior = np.zeros(len(second))
    names = np.asarray(kin)
    for name in set(kin):
        mine = names == name
        prior[mine] = np.median(second[mine])
    return np.asarray(np.where(prior > 0, prior, second), dtype=np.float64)


def _signs(pairs: int, rng: np.random.Generator | None) -> Floats:
    """A row per pattern; the first is the one that was seen."""
    if pairs <= EXACT:
        numbers = np.arange(2**pairs)
        return np.asarray(1 - 2 * ((numbers[:, None] >> np.arange(pairs)) & 1), dtype=np.float64)
    if rng is None:
        raise ValueError(f"{pairs} pairs have too many patterns of signs to try all; give `rng`")
    return np.vstack([np.ones(pairs), rng.choice([-1.0, 1.0], size=(PATTERNS - 1, pairs))])
