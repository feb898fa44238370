"""The paired t of a crossover, against scipy where scipy has the same, and by property."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.compare import paired, pairs_needed, smallest_effect, smallest_margin

BALANCED = [1, -1, -1, 1, 1, -1]
differences = st.lists(st.floats(-1, 1), min_size=6, max_size=6)


@given(differences)
def test_without_an_order_it_is_scipys_paired_t(d: list[float]) -> None:
    """All pairs in one order leave nothing to adjust: the interval is that of `ttest_1samp`."""
    found = paired(d, [1] * 6, 0.05)
    assert found is not None
    expected = stats.t.interval(0.9, 5, np.mean(d), np.std(d, ddof=1) / sqrt(6)) if np.std(d) > 1e-12 else None
    if expected:
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)


@given(differences, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_an_effect_of_order_changes_nothing(d: list[float], order_effect: float, effect: float) -> None:
    """What the first run of every pair has over the second is taken out of effect and interval."""
    plain = paired(d, BALANCED, 0.05)
    moved = paired([x + effect + order_effect * o for x, o in zip(d, BALANCED, strict=True)], BALANCED, 0.05)
    assert plain is not None
    assert moved is not None
    assert moved.effect == pytest.approx(plain.effect + effect, abs=1e-9)
    assert moved.high - moved.low == pytest.approx(plain.high - plain.low, abs=1e-7)


@given(differences)
def test_the_other_way_round_is_the_mirror(d: list[float]) -> None:
    """Exchanging the arms changes the sign of everything and nothing else."""
    one, other = paired(d, BALANCED, 0.05), paired([-x for x in d], [-o for o in BALANCED], 0.05)
    assert one is not None
    assert other is not None
    assert (one.effect, one.low) == pytest.approx((-other.effect, -other.high), abs=1e-9)


def test_it_is_least_squares_where_orders_are_not_balanced() -> None:
    """An odd number of pairs is allowed: numpy's least squares gives the same effect."""
    d, o = [0.1, 0.2, 0.15, 0.02, 0.3, 0.11, 0.21], [1, -1, 1, -1, 1, -1, 1]
    found = paired(d, o, 0.05)
    expected = np.linalg.lstsq(np.column_stack([np.ones(7), o]), np.array(d), rcond=None)[0][0]
    assert found is not None
    assert found.effect == pytest.approx(expected)
    assert paired([0.1, 0.2], [1, -1], 0.05) is None


def test_how_many_pairs_are_needed_is_about_right() -> None:
    """With the number that is named, seven to nine of ten simulated comparisons find an effect twice the margin."""
    rng = np.random.default_rng(1)
    spread, margin, effect = 0.08, 0.05, 0.1
    pairs = pairs_needed(effect, spread, margin)
    assert pairs is not None
    order = [1, -1] * (pairs // 2)
    found = 0
    for _ in range(400):
        one = paired(list(effect + spread * rng.standard_normal(pairs)), order, 0.05)
        assert one is not None
        found += one.low > 0 and one.effect >= margin
    assert 0.7 <= found / 400 <= 0.97


def test_nothing_sensible_is_promised_where_noise_is_endless() -> None:
    """No number of pairs, rather than a million of them."""
    assert pairs_needed(0.0, 10.0, 0.01) is None
    assert pairs_needed(inf, 1.0, 0.05) is None
    assert smallest_effect(0.1, 2) == inf
    assert smallest_effect(0.1, 6) < smallest_effect(0.1, 5)
    assert smallest_margin(0.1, 6) > smallest_effect(0.1, 6)
