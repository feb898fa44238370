"""The interval of an order statistic, corrected for autocorrelation: what a quantile of one run can be trusted to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, sqrt

from scipy.stats import t as student

from harness.model.histogram import Histogram, bin_of

MIN_BATCHES = 8
BATCHES = 20  # long batches see slow swings; twenty are enough for a Student's t to widen by 7 % only


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
    """Ranks Np ± t sqrt(N p (1-p) tau), with tau = sum (below_i - p n_i)^2 / (p (1-p) sum n_i) over about 20 batches of at least 0.5 s.

    `windows` are consecutive histograms of 250 ms. None without data. With fewer than 8 batches tau cannot be estimated
    and the interval reaches from 0 to infinity. Source: batch means for a binary indicator (Conover 1999, 3.2; Alexopoulos & Seila 1998).
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
    tau = _tau(filled, value, share)
    spread = student.ppf(0.5 + confidence / 2, len(filled) - 1) * sqrt(total.n * share * (1 - share) * tau)
    low, high = floor(total.n * share - spread), ceil(total.n * share + spread)
    return QuantileInterval(
        share=share,
        value=value,
        low=total.rank(low) if low >= 1 else 0.0,
        high=total.rank(high) if high <= total.n else inf,
        n=total.n,
        tau=tau,
    )


def _tau(batches: Sequence[Histogram], value: float, share: float) -> float:
    if value == inf:
        return 1.0
    edge = bin_of(round(value * 1e6))
    scatter = 0.0
    for batch in batches:
        below = sum(n for b, n in zip(batch.bins, batch.counts, strict=True) if b <= edge)
        scatter += (below - share * batch.n) ** 2
    return max(1.0, scatter / (share * (1 - share) * sum(batch.n for batch in batches)))
