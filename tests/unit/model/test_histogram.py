"""Histograms keep three digits, add without loss, and quantiles are order statistics."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from harness.model.histogram import MAX_MICROS, Histogram, bin_of, low_of, middle_of

MICROS = st.integers(0, MAX_MICROS)
SOME = st.lists(MICROS, max_size=100)


def of(values: list[int]) -> Histogram:
    counts: dict[int, int] = {}
    for value in values:
        counts[bin_of(value)] = counts.get(bin_of(value), 0) + 1
    return Histogram.of(counts)


@given(MICROS)
def test_a_value_keeps_three_digits(micros: int) -> None:
    """The value that stands for a bin is within 0.1 % or half a microsecond."""
    assert abs(middle_of(bin_of(micros)) - micros) <= max(0.5, micros * 0.001)


@given(MICROS, MICROS)
def test_bins_keep_the_order(a: int, b: int) -> None:
    """A longer duration never has a lower bin."""
    assert (bin_of(a) <= bin_of(b)) or a > b


@given(MICROS)
def test_a_bin_starts_at_or_below_its_values(micros: int) -> None:
    """low_of is the least value of the bin."""
    low = low_of(bin_of(micros))
    assert low <= micros
    assert bin_of(low) == bin_of(micros)
    assert low == 0 or bin_of(low - 1) == bin_of(micros) - 1


@given(st.lists(SOME, max_size=6))
def test_merging_loses_nothing(parts: list[list[int]]) -> None:
    """The sum of the parts is the histogram of all."""
    assert Histogram.merged(of(part) for part in parts) == of([v for part in parts for v in part])


@given(st.lists(MICROS, min_size=1, max_size=100), st.floats(0.001, 0.999))
def test_a_quantile_is_the_order_statistic(values: list[int], share: float) -> None:
    """Rank ceil(np), to the resolution of a bin."""
    exact = sorted(values)[max(1, math.ceil(len(values) * share)) - 1]
    found = of(values).quantile(share)
    assert found is not None
    assert bin_of(round(found * 1e6)) == bin_of(exact)


@given(SOME, st.integers(0, 3), st.floats(0.001, 1), st.sampled_from([1, 300, 2**40]))
def test_a_packed_histogram_answers_alike(values: list[int], infinite: int, share: float, times: int) -> None:
    """Whatever the counts; packed and not can be merged."""
    one = of(values)
    whole = Histogram(one.bins, tuple(n * times for n in one.counts), infinite)
    packed = whole.packed()
    assert (packed.n, packed.mean, packed.max) == (whole.n, whole.mean, whole.max)
    assert packed.quantile(share) == whole.quantile(share)
    assert packed.above(0.005) == whole.above(0.005)
    assert Histogram.merged([packed]) == whole
    assert Histogram.merged([packed, whole]) == Histogram.merged([whole, whole])


def test_what_never_ended_is_above_everything() -> None:
    """One dropped arrival in two makes the maximum, and p99, infinite."""
    histogram = Histogram.of({bin_of(1000): 1}, infinite=1)
    assert histogram.n == 2
    assert histogram.quantile(0.99) == math.inf
    assert histogram.max == math.inf
    assert histogram.above(10.0) == 1
