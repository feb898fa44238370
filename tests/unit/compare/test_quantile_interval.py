"""The interval of a quantile covers the truth as often as it says, also where neighbours resemble each other."""

from __future__ import annotations

import math
import random

from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binom

from harness.compare import Change, compare_stretches, quantile_interval
from harness.model.histogram import Histogram, bin_of, middle_of


def run(seed: int, rho: float, windows: int = 160, per: int = 25, scale: float = 1.0) -> list[Histogram]:
    """Log-normal latencies around 10 ms whose level wanders as AR(1) from window to window."""
    rng, level, made = random.Random(seed), 0.0, []
    for _ in range(windows):
        level = rho * level + math.sqrt(1 - rho * rho) * rng.gauss(0, 0.3)
        counts: dict[int, int] = {}
        for _ in range(per):
            b = bin_of(round(10_000 * scale * math.exp(level + rng.gauss(0, 0.4))))
            counts[b] = counts.get(b, 0) + 1
        made.append(Histogram.of(counts))
    return made


def test_the_interval_covers_the_truth_under_autocorrelation() -> None:
    """Of 200 runs whose windows resemble their neighbours, at least 85 % of the p95 intervals hold the true p95."""
    truth = 0.010 * math.exp(1.645 * math.hypot(0.3, 0.4))
    held = 0
    for seed in range(200):
        found = quantile_interval(run(seed, 0.6), 0.95)
        assert found is not None
        held += found.low <= truth <= found.high
    assert held >= 170, held


def test_the_interval_is_bounded_as_soon_as_it_can_be() -> None:
    """72 independent requests bound p95 from above by their maximum (0.95 to the 72nd is below 2.5 %), 71 do not."""
    for n, bounded in ((71, False), (72, True)):
        found = quantile_interval([Histogram.of({bin_of(1000): 1}) for _ in range(n)], 0.95)
        assert found is not None
        assert found.is_bounded is bounded, n


def test_few_requests_leave_the_interval_open() -> None:
    """p99 of 60 requests has no upper bound: the honest answer is infinity."""
    found = quantile_interval(run(1, 0.0, windows=20, per=3), 0.99)
    assert found is not None
    assert not found.is_bounded


def test_no_data_is_no_interval() -> None:
    """Nothing measured, nothing said."""
    assert quantile_interval([], 0.5) is None
    assert quantile_interval([Histogram()], 0.5) is None


@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_the_interval_holds_its_own_value(micros: list[int], share: float) -> None:
    """low <= value <= high, whatever the data."""
    found = quantile_interval([Histogram.of({bin_of(v): 1}) for v in micros], share)
    assert found is not None
    assert found.low <= found.value <= found.high


def test_dropped_arrivals_are_above_every_quantile() -> None:
    """A tenth of the arrivals dropped makes p95 infinite, not good."""
    windows = [Histogram.of({bin_of(1000): 9}, infinite=1) for _ in range(100)]
    found = quantile_interval(windows, 0.95)
    assert found is not None
    assert found.value == math.inf


def test_a_stretch_three_times_as_slow_is_called_slower() -> None:
    """A plain effect is named, and the interval holds the ratio."""
    effect = compare_stretches(run(1, 0.3), run(2, 0.3, scale=3), 0.95)
    assert effect is not None
    assert effect.change is Change.SLOWER
    assert effect.low < 3 < effect.high


def test_two_calm_stretches_show_no_clear_change() -> None:
    """Noise alone is not called a change."""
    effect = compare_stretches(run(1, 0.3), run(2, 0.3), 0.95)
    assert effect is not None
    assert effect.change is Change.SAME


@given(
    n=st.integers(40, 3000),
    share=st.floats(0.05, 0.99),
    slow=st.integers(1, 900),
    confidence=st.sampled_from([0.8, 0.95]),
)
@example(n=284, share=0.333984375, slow=194, confidence=0.95)  # rounding both numbers down cut off a value at 2.54 %
def test_independent_requests_have_the_interval_of_the_binomial_sign_test(
    n: int, share: float, slow: int, confidence: float
) -> None:
    """Requests one by one, none like its neighbour: what scipy's binomial distribution leaves over is the interval."""
    rng = random.Random(n * slow)
    values = [bin_of(1000 + rng.randrange(slow)) for _ in range(n)]
    found = quantile_interval([Histogram.of({one: 1}) for one in values], share, confidence)
    assert found is not None
    if not 1 <= found.tau < 1 + 1e-9:
        return  # chance clustered them, and the interval is of fewer
    above = [(x, sum(one > x for one in values)) for x in sorted(set(values))]
    kept = [
        x
        for x, k in above
        if binom.cdf(k, n, 1 - share) > (1 - confidence) / 2 and binom.sf(k - 1, n, 1 - share) > (1 - confidence) / 2
    ]
    assert found.low <= found.value <= found.high
    for x in kept:
        assert found.low <= middle_of(x) / 1e6 <= found.high
