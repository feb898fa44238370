"""Changes of level in a series of runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from harness.compare import change_points
from harness.compare.change_points import _told


def test_two_steps_are_found_where_they_are() -> None:
    """Up by 20 %, and back again."""
    rng = np.random.default_rng(1)
    series = np.concatenate([np.zeros(15), np.full(12, 0.2), np.zeros(13)]) + 0.02 * rng.standard_normal(40)
    assert [one.index for one in change_points(list(series))] == [15, 27]


@pytest.mark.parametrize("lengths", [(4, 4, 4), (5, 5, 5), (8, 4, 8), (20, 4, 20), (4, 4, 4, 4, 4), (20, 4, 8, 4, 20)])
def test_a_level_that_came_and_went_is_found(lengths: tuple[int, ...]) -> None:
    """Twice as slow for four runs among others, which differ by 1 %: at least 18 of 20 times, to the run."""
    level = np.concatenate([np.full(n, np.log(100.0 if k % 2 else 50.0)) for k, n in enumerate(lengths)])
    exact = 0
    for seed in range(20):
        noise = 0.01 * np.random.default_rng([seed, *lengths]).standard_normal(len(level))
        exact += [one.index for one in change_points(list(level + noise))] == list(np.cumsum(lengths)[:-1])
    assert exact >= 18


@pytest.mark.parametrize("runs", [8, 12, 30, 60, 100])
def test_noise_seldom_looks_like_a_change(runs: int) -> None:
    """In at most 5 % of level series, however long: of 300, at most 23 (binomial, 98 %)."""
    rng = np.random.default_rng([2, runs])
    assert sum(bool(change_points(list(rng.standard_normal(runs)))) for _ in range(300)) <= 23


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=12), st.lists(st.floats(-5, 5), min_size=4, max_size=12))
def test_the_p_is_welchs(one: list[float], other: list[float]) -> None:
    """As scipy has it."""
    a, b = np.array(one), np.array(other)
    assume(min(a.std(), b.std()) > 1e-3)
    (found,) = _told(np.concatenate([a, b]), [len(a)])
    assert found.p == pytest.approx(float(ttest_ind(a, b, equal_var=False).pvalue), rel=1e-6, abs=1e-12)


def test_one_odd_run_is_no_change_of_level() -> None:
    """A spike among nine that are alike."""
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
