"""The interval of an order statistic, corrected for autocorrelation: what a quantile of one run can be trusted to be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc, ndtri, stdtrit

from harness.model.histogram import Histogram, bin_of, middle_of

MIN_BATCHES = 8
BATCHES = 20  # long batches see slow swings; twenty are enough for a Student's t to widen by 7 % only
ENOUGH = 5  # requests above a value, from which their clustering can be seen
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileInterval:
    """Seconds. `high` is infinite where too few requests lie above; `tau` is how much autocorrelation widens it (1: not at all)."""

    share: float
    value: float
    low: float
    high: float
    n: int
    tau: float

    @property
    def is_bounded(self) -> bool:
        """Whether the data bound it from above."""
        return self.high < inf


def quantile_interval(windows: Sequence[Histogram], share: float, confidence: float = 0.95) -> QuantileInterval | None:
    """All values that a test at `confidence` cannot tell from the true quantile (inversion of the sign test, Conover 1999, 3.2).

    A value x is too high once so few requests took longer that P(B <= k) <= alpha/2, too low once P(B >= k) <= alpha/2, where
    B ~ Bin(N / tau, 1 - p) and k = (requests above x) / tau. tau is what clustering costs, by batch means of the indicator {above x}:

        tau(x) = (t/z)^2 sum (above_i - q n_i)^2 / (q (1-q) N),  q = above / N,  over about 20 batches, at least 1

    (Alexopoulos & Seila 1998; (t/z)^2 for so few batches). Where fewer than 5 lie above x, it is taken where 5 do: none cannot cluster.
    `windows` are consecutive histograms of 250 ms. None without data. With fewer than 8 batches it reaches from 0 to infinity.
    """
    total = Histogram.merged(windows)
    value = total.quantile(share)
    if value is None:
        return None
    length = max(2, len(windows) // BATCHES)
    batches = [Histogram.merged(windows[i : i + length]) for i in range(0, len(windows), length)]
    filled = [batch for batch in batches if batch.n]
    if len(filled) < MIN_BATCHES:
        return QuantileInterval(share=share, value=value, low=0.0, high=inf, n=total.n, tau=inf)
    if not total.bins:  # nothing ever ended
        return QuantileInterval(share=share, value=inf, low=inf, high=inf, n=total.n, tau=1.0)
    above = _above(filled, total.bins)
    tau = _tau(above, np.array([batch.n for batch in filled]))
    tail = (1 - confidence) / 2
    trials, beyond = np.maximum(1, total.n / tau), above.sum(axis=0) / tau
    fewer, more = (
        np.floor(trials).astype(np.int64),
        np.ceil(trials).astype(np.int64),
    )  # whole numbers, to the side that widens
    too_high = bdtr(np.minimum(np.ceil(beyond), fewer), fewer, 1 - share) <= tail  # P(B <= k)
    too_low = bdtrc(np.minimum(np.floor(beyond) - 1, more), more, 1 - share) <= tail  # P(B > k)
    places = [middle_of(bin_) / 1e6 for bin_ in total.bins] + [inf]
    at = len(total.bins) if value == inf else bisect_left(total.bins, bin_of(round(value * 1e6)))
    higher, lower = np.flatnonzero(too_high[at:]), np.flatnonzero(too_low[:at])
    return QuantileInterval(
        share=share,
        value=value,
        low=places[lower[-1] + 1] if len(lower) else 0.0,
        high=places[at + higher[0]] if len(higher) else inf,
        n=total.n,
        tau=float(tau[min(at, len(tau) - 1)]),
    )


def _above(batches: Sequence[Histogram], bins: Sequence[int]) -> Ints:
    """A row per batch, a column per bin: how many of the batch lie above that bin, those that never ended included."""
    counts = np.zeros((len(batches), len(bins)), dtype=np.int64)
    column = {bin_: i for i, bin_ in enumerate(bins)}
    for row, batch in enumerate(batches):
        for bin_, n in zip(batch.bins, batch.counts, strict=True):
            counts[row, column[bin_]] = n
    ended = counts.sum(axis=1, keepdims=True)
    never = np.array([[batch.infinite] for batch in batches])
    above: Ints = ended - counts.cumsum(axis=1) + never
    return above


def _tau(above: Ints, sizes: Ints) -> Floats:
    """By column; at least 1."""
    total, beyond = sizes.sum(), above.sum(axis=0)
    q = beyond / total
    scatter = ((above - q * sizes[:, None]) ** 2).sum(axis=0)
    few = (stdtrit(len(sizes) - 1, 0.975) / ndtri(0.975)) ** 2
    tau: Floats = np.maximum(1.0, few * scatter / np.maximum(q * (1 - q) * total, 1e-12))
    enough = np.flatnonzero(beyond >= ENOUGH)
    if len(enough):  # bins ascend, so the last column with enough is where the tail begins to thin out
        tau[enough[-1] + 1 :] = tau[enough[-1]]
    return tau
