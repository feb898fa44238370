"""The search for a break, against services whose break is known."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import Search, Trial, search
from harness.model import Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
TRUTHS = st.floats(11, 5900)
TOLERANCES = st.sampled_from([0.01, 0.05, 0.1, 0.25, 0.5])


def _search(tolerance: float = 0.1, most: int = 80) -> Search:
    return Search(start=100, floor=10, ceiling=6000, tolerance=tolerance, most=most)


@given(truth=TRUTHS, tolerance=TOLERANCES)
def test_a_sharp_break_is_found_within_the_tolerance(truth: float, tolerance: float) -> None:
    """It lies between the two sides, both settled, in at most 30 trials."""
    found, trials = search(_search(tolerance), lambda value: PASS if value <= truth else FAIL)
    assert found.verdict is PASS
    assert found.holds is not None
    assert found.breaks is not None
    assert found.holds <= truth < found.breaks <= found.holds * (1 + tolerance) * (1 + 1e-6)
    assert len(trials) <= 30
    assert all(sum(trial.value == side for trial in trials) >= 2 for side in (found.holds, found.breaks))


@given(truth=TRUTHS, tolerance=TOLERANCES)
def test_a_break_downwards_is_found_within_the_tolerance(truth: float, tolerance: float) -> None:
    """Where less is worse, as with a bandwidth: down first, never the worst first."""
    plan = replace(_search(tolerance), falling=True)
    found, trials = search(plan, lambda value: PASS if value >= truth else FAIL)
    assert found.verdict is PASS
    assert found.holds is not None
    assert found.breaks is not None
    assert found.breaks < truth <= found.holds <= found.breaks * (1 + tolerance) * (1 + 1e-6)
    assert len(trials) <= 30
    assert [trial.value for trial in trials[:2]] == ([100, 50] if truth <= 100 else [100, 100])


@given(truth=st.integers(2, 60), start=st.integers(1, 60), falling=st.booleans())
def test_whole_numbers_are_told_apart(truth: int, start: int, falling: bool) -> None:
    """Neighbours end the search, whatever the tolerance."""
    plan = Search(start=start, floor=1, ceiling=60, tolerance=0.01, whole=True, falling=falling)
    found, _ = search(plan, lambda value: PASS if (value >= truth if falling else value < truth) else FAIL)
    assert (found.holds, found.breaks) == ((truth, truth - 1) if falling else (truth - 1, truth))


def test_a_search_downwards_says_so() -> None:
    """It holds at the least that was allowed, or breaks at the most."""
    plan = replace(_search(), falling=True)
    least, _ = search(plan, lambda _: PASS)
    assert (least.verdict, least.holds, least.breaks) == (PASS, 10, None)
    assert "down to the lowest allowed, 10" in least.why
    most, _ = search(plan, lambda _: FAIL)
    assert (most.verdict, most.holds, most.breaks) == (FAIL, None, 6000)
    assert "the highest value allowed already" in most.why


@given(truth=TRUTHS, tolerance=TOLERANCES, seed=st.integers(0, 10_000))
def test_one_lie_at_any_value_changes_nothing(truth: float, tolerance: float, seed: int) -> None:
    """Of each value's verdicts any one of the first two may be wrong: the break is found as if none were."""
    dice, tried, lies = random.Random(seed), Counter[float](), dict[float, int]()

    def trial(value: float) -> Verdict:
        tried[value] += 1
        right = value <= truth
        lie = lies.setdefault(value, dice.choice((0, 1, 2))) == tried[value]
        return PASS if right is not lie else FAIL

    found, _ = search(_search(tolerance, most=200), trial)
    assert found.verdict is PASS
    assert found.holds is not None
    assert found.breaks is not None
    assert found.holds <= truth < found.breaks <= found.holds * (1 + tolerance) * (1 + 1e-6)


@given(truth=TRUTHS, above=st.floats(1, 1.6), tolerance=TOLERANCES)
def test_what_cannot_be_told_is_no_break(truth: float, above: float, tolerance: float) -> None:
    """A generator that saturates below the break: unknown, and what held is still right."""
    saturated = truth / above

    def trial(value: float) -> Verdict:
        return UNKNOWN if value > saturated else PASS if value <= truth else FAIL

    found, _ = search(_search(tolerance), trial)
    assert found.verdict is UNKNOWN
    assert found.breaks is None
    assert found.unclear is not None
    assert found.holds is None or found.holds <= saturated < found.unclear


@given(truth=TRUTHS, share=st.floats(0, 0.3), seed=st.integers(0, 1000))
def test_now_and_then_an_unknown_costs_trials_and_no_truth(truth: float, share: float, seed: int) -> None:
    """However it ends, a side that is claimed is on its side of the truth."""
    dice = random.Random(seed)
    found, trials = search(
        _search(), lambda value: UNKNOWN if dice.random() < share else PASS if value <= truth else FAIL
    )
    assert found.holds is None or found.holds <= truth
    assert found.breaks is None or truth < found.breaks
    if found.verdict is PASS and found.holds is not None and found.breaks is not None:
        assert found.breaks <= found.holds * 1.1**3 * (1 + 1e-6)
    assert len(trials) <= 80


@given(
    verdicts=st.lists(st.sampled_from([PASS, FAIL, UNKNOWN]), min_size=1, max_size=60),
    most=st.integers(1, 60),
    falling=st.booleans(),
)
def test_every_service_comes_to_an_end(verdicts: list[Verdict], most: int, falling: bool) -> None:
    """Whatever the trials say, there are at most so many, all inside the bounds; a pass has two settled sides or the ceiling."""
    told = iter(verdicts * 60)
    plan = replace(_search(most=most), falling=falling)
    found, trials = search(plan, lambda _: next(told))
    assert len(trials) <= most
    assert all(10 <= trial.value <= 6000 for trial in trials)
    for side, verdict in ((found.holds, PASS), (found.breaks, FAIL)):
        if found.verdict is PASS and side is not None:
            assert trials.count(Trial(side, verdict)) >= 2
    if found.verdict is PASS and found.breaks is None:
        assert found.holds == (10 if falling else 6000)


@given(truth=st.floats(20, 3000), tolerance=TOLERANCES)
def test_a_zone_that_cannot_be_told_about_the_break_is_bracketed(truth: float, tolerance: float) -> None:
    """Where a quantile straddles its limit, no wider than the tolerance: the break is still found, within three of them."""
    low, high = truth / (1 + tolerance) ** 0.5, truth * (1 + tolerance) ** 0.5

    def trial(value: float) -> Verdict:
        return PASS if value < low else FAIL if value > high else UNKNOWN

    found, _ = search(_search(tolerance), trial)
    assert found.verdict is PASS
    assert found.holds is not None
    assert found.breaks is not None
    assert found.holds < truth < found.breaks <= found.holds * (1 + tolerance) ** 3 * (1 + 1e-6)


def test_a_service_that_never_breaks_holds_at_the_ceiling() -> None:
    """Said as such: there is no break, and the ceiling was settled by two trials."""
    found, trials = search(_search(), lambda _: PASS)
    assert (found.verdict, found.holds, found.breaks) == (PASS, 6000, None)
    assert [trial.value for trial in trials[:3]] == [100, 200, 400]
    assert trials.count(Trial(6000, PASS)) == 2


def test_a_service_that_breaks_at_the_floor_fails() -> None:
    """Two trials there settle it."""
    found, trials = search(_search(), lambda _: FAIL)
    assert (found.verdict, found.holds, found.breaks) == (FAIL, None, 10)
    assert trials.count(Trial(10, FAIL)) == 2


def test_a_search_in_the_dark_gives_up() -> None:
    """Three values that nobody could tell, and none that somebody could: trials that are too short do not fill the budget."""
    found, trials = search(_search(), lambda _: UNKNOWN)
    assert found.verdict is UNKNOWN
    assert [trial.value for trial in trials] == [100, 100, 50, 50, 25, 25]


def test_a_search_that_is_cut_short_is_unknown_and_keeps_its_bounds() -> None:
    """As when its time is over."""
    found = _search().bracket([Trial(100, PASS), Trial(200, FAIL)])
    assert (found.verdict, found.holds, found.breaks) == (UNKNOWN, 100, 200)
    assert "2 trials" in found.why
    assert _search().bracket([]).verdict is UNKNOWN


def test_an_odd_pass_among_unknowns_holds_nothing() -> None:
    """Two that could not tell outweigh a single pass."""
    found = _search().bracket([Trial(100, PASS), Trial(100, UNKNOWN), Trial(100, UNKNOWN)])
    assert (found.holds, found.unclear) == (None, 100)


def test_what_held_above_a_break_is_told() -> None:
    """A service that does not get worse steadily is bracketed at its lowest break, and that is said."""
    found, _ = search(_search(), lambda value: FAIL if 300 <= value <= 500 else PASS if value < 1000 else FAIL)
    assert found.holds is not None
    assert found.holds < 300 or found.holds >= 500
    trials = [Trial(100, PASS), Trial(200, FAIL), Trial(400, PASS)]
    assert "1 higher value held" in _search().bracket(trials).why


@pytest.mark.parametrize("bounds", [(0, 1, 2), (2, 1, 3), (1, 4, 3)])
def test_bounds_that_cannot_be_are_refused(bounds: tuple[float, float, float]) -> None:
    """Zero has no double, and the start lies inside."""
    with pytest.raises(ValueError, match="floor"):
        Search(floor=bounds[0], start=bounds[1], ceiling=bounds[2])
    with pytest.raises(ValueError, match="tolerance"):
        Search(floor=1, start=1, ceiling=2, tolerance=0.001)


@settings(max_examples=60)
@given(st.floats(0.5, 5000), st.integers(1, 2000), st.integers(0, 12))
def test_whole_numbers_are_searched_as_such(truth: float, start: int, doublings: int) -> None:
    """Every value tried is whole, the search ends, and the break lies between neighbours or within the tolerance."""
    plan = Search(start=start, floor=1, ceiling=float(start * 2**doublings), tolerance=0.1, whole=True)
    found, trials = search(plan, lambda value: Verdict.PASS if value <= truth else Verdict.FAIL)
    assert all(trial.value == int(trial.value) for trial in trials)
    assert len(trials) < plan.most
    if found.holds is not None:
        assert found.holds <= truth
    if found.breaks is not None:
        assert found.breaks > truth
    if found.holds is not None and found.breaks is not None:
        assert found.breaks - found.holds <= 1 or found.breaks <= found.holds * 1.1 * (1 + 1e-6)
