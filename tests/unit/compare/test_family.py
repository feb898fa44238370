"""Many metrics at once: the largest statistic under sign flips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import Looks, false_discovery, family_p
from harness.compare.family import KINSHIP, LEAST_KINSHIP, kinship
from harness.compare.judge import less_luck


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_p_is_a_share_of_patterns_and_mirrors(seed: int, metrics: int) -> None:
    """Each p is a multiple of 1/64 at six pairs, and exchanging the arms exchanges worse and better."""
    d = np.random.default_rng(seed).standard_normal((6, metrics))
    kin = ["p50"] * metrics
    worse, better = family_p(d, kin)
    assert np.allclose(worse * 64, np.round(worse * 64))
    assert worse.min() >= 1 / 64
    assert np.allclose(family_p(-d, kin), (better, worse))


def test_what_is_slower_in_every_pair_has_the_smallest_p() -> None:
    """One clear change among noise is found, and only that one."""
    rng = np.random.default_rng(4)
    d = 0.02 * rng.standard_normal((6, 40))
    d[:, 7] += 0.3
    worse, _ = family_p(d, ["p95"] * 40)
    assert worse[7] == pytest.approx(1 / 64)
    assert (np.delete(worse, 7) > 0.05).all()


def test_metrics_that_never_differ_say_nothing() -> None:
    """Rates of errors that are 0 on both sides are no evidence, and spoil nobody's."""
    d = np.zeros((6, 3))
    d[:, 0] = [0.2, 0.21, 0.19, 0.2, 0.22, 0.2]
    worse, better = family_p(d, ["p50", "errors", "errors"])
    assert worse[0] == pytest.approx(1 / 64)
    assert (worse[1:] == 1).all()
    assert (better[1:] == 1).all()
    assert family_p(np.zeros((6, 0)), [])[0].size == 0


def test_beyond_twelve_pairs_patterns_are_drawn() -> None:
    """From the generator that is given; without one that is an error, not a hidden dice."""
    d = np.random.default_rng(1).standard_normal((14, 2)) + 3
    with pytest.raises(ValueError, match="rng"):
        family_p(d, ["a", "a"])
    assert family_p(d, ["a", "a"], np.random.default_rng(0))[0].max() < 0.01


def test_false_discoveries_are_limited_and_order_does_not_matter() -> None:
    """Benjamini and Hochberg's rule, on the example of their paper (1995, table 1: four of fifteen at 5 %)."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.324,
        0.4262,
        0.5719,
        0.6528,
        0.759,
        1,
    ]
    assert sum(false_discovery(p, 0.05)) == 4
    assert false_discovery(p[::-1], 0.05) == false_discovery(p, 0.05)[::-1]
    assert false_discovery([]) == ()


def test_looks_are_planned_and_each_costs() -> None:
    """Six, eight, ten and twelve pairs, each at less than 5 %; a single look may spend it all."""
    looks = Looks.plan(6, 12)
    assert looks.at == (6, 8, 10, 12)
    assert looks.alpha == pytest.approx(0.0168, abs=1e-4)
    assert Looks.plan(6, 6).alpha == 0.05
    assert Looks.plan(6, 9).at == (6, 8, 9)
    assert looks.due(8)
    assert not looks.due(7)
    for first, most in ((4, 12), (8, 6)):
        with pytest.raises(ValueError, match="pairs"):
            Looks.plan(first, most)


def test_what_was_found_no_longer_hides_the_next() -> None:
    """Two metrics that are slower in every pair both get the smallest p, though one is far ahead of the other."""
    d = 0.01 * np.random.default_rng(4).standard_normal((6, 12))
    d[:, 2] += 0.9
    d[:, 5] += 0.08
    worse, _ = family_p(d, ["p95"] * 12)
    assert worse[[2, 5]] == pytest.approx([1 / 64, 1 / 64])


def test_kin_are_worth_as_much_as_they_are_alike() -> None:
    """Of one variance: nearly all that is allowed. Of many: the least. No sign changes it; of few nobody knows."""
    rng = np.random.default_rng(1)
    alike = (rng.standard_normal((6, 400)) ** 2).mean(axis=0)
    assert kinship(alike, 6) > 0.9 * KINSHIP
    assert kinship(alike * np.exp(2 * rng.standard_normal(400)), 6) == pytest.approx(LEAST_KINSHIP)
    assert kinship(alike[:3], 6) == KINSHIP


@given(st.floats(-3, 3), st.floats(0, 1))
def test_an_effect_without_luck_is_smaller_and_on_the_same_side(effect: float, variance: float) -> None:
    """Never beyond nothing, and all of it where nothing varies."""
    sober = less_luck(effect, variance)
    assert abs(sober) <= abs(effect)
    assert sober * effect >= 0
    assert less_luck(effect, 0.0) == pytest.approx(effect)
