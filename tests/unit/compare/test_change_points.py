"""Changes of level in a series of runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import change_points


def test_two_steps_are_found_where_they_are() -> None:
    """Up by 20 %, and back again."""
    rng = np.random.default_rng(1)
    series = np.concatenate([np.zeros(15), np.full(12, 0.2), np.zeros(13)]) + 0.02 * rng.standard_normal(40)
    assert [one.index for one in change_points(list(series))] == [15, 27]


def test_noise_seldom_looks_like_a_change() -> None:
    """In at most 5 % of series of thirty level runs, and never in a spike of one run."""
    rng = np.random.default_rng(2)
    assert sum(bool(change_points(list(rng.standard_normal(30)))) for _ in range(300)) <= 15
    spike = [0.0, 0.01, -0.01, 0.0, 2.0, 0.01, 0.0, -0.01, 0.0, 0.01]
    assert change_points(spike) == ()


@settings(max_examples=50)
@given(st.lists(st.floats(-5, 5), max_size=40), st.floats(0, 1))
def test_any_series_has_an_answer(values: list[float], least: float) -> None:
    """In order, never at an end, and no change smaller than was asked for."""
    found = change_points(values, least)
    places = [one.index for one in found]
    assert places == sorted(set(places))
    assert all(4 <= place <= len(values) - 4 for place in places)
    assert all(abs(one.after - one.before) >= least for one in found)


def test_a_step_between_equal_numbers_is_a_change() -> None:
    """Without any noise no t is needed, and an endless p is no number."""
    found = change_points([1.0] * 5 + [2.0] * 5)
    assert [(one.index, one.p) for one in found] == [(5, 0.0)]
    assert found[0].after - found[0].before == pytest.approx(1.0)
