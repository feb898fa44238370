"""At a high rate arrivals share wakings, by 0.2 ms at most; at any other each has its own, on time."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from harness.load.coalescing import AWAKE_SHARE, GATHER_NS, MOST_AWAKE_NS, Coalescing


def wakings(due: list[int], late_ns: int = 0) -> list[tuple[int, int]]:
    """Each arrival with when it was begun, by somebody who wakes `late_ns` late, as the pacer does."""
    coalescing = Coalescing()
    now, begun = -1, []
    for at in due:
        wake = coalescing.wake_at(at)
        if now < at:
            now = wake + late_ns
            coalescing.woke(now)
        begun.append((at, now))
    return begun


@given(st.lists(st.integers(0, 3 * GATHER_NS), max_size=200).map(accumulate).map(list), st.integers(0, 50_000))
@example([n * 50_000 for n in range(100)], 0)
def test_nobody_is_early_nor_later_than_one_gathering(due: list[int], late_ns: int) -> None:
    """Whatever the gaps: from its time to 0.2 ms after it, and what the waking itself was late."""
    assert all(at <= begun <= at + GATHER_NS + late_ns for at, begun in wakings(due, late_ns))


@given(st.integers(GATHER_NS, 100 * GATHER_NS), st.integers(1, 200))
def test_up_to_5000_a_second_each_has_its_own(gap: int, count: int) -> None:
    """On time to the nanosecond."""
    due = [n * gap for n in range(count)]
    assert wakings(due) == [(at, at) for at in due]


@given(st.integers(1_000, GATHER_NS - 1_000), st.integers(100, 500))
def test_above_that_wakings_are_apart(gap: int, count: int) -> None:
    """Once 32 arrivals told the rate."""
    begun = sorted({begun for _, begun in wakings([n * gap for n in range(count)])[33:]})
    assert all(later - earlier >= GATHER_NS for earlier, later in pairwise(begun))


@given(st.lists(st.integers(0, 10**9), min_size=32, max_size=200))
@example([25_000_000] * 40)  # 40 a second
@example([GATHER_NS] * 40)
def test_being_awake_costs_a_share_of_a_core_at_most(gaps: list[int]) -> None:
    """1.5 ms before an arrival at most, 6 % of the mean gap of those before it; nothing where they come densely."""
    coalescing, due = Coalescing(), list(accumulate(gaps))
    for at in due:
        coalescing.wake_at(at)
    mean = (due[-1] - due[max(0, len(due) - 33)]) / min(32, len(due) - 1)
    assert 0 <= coalescing.awake_ns <= min(MOST_AWAKE_NS, AWAKE_SHARE * mean)
    assert (coalescing.awake_ns > 0) == (mean * AWAKE_SHARE >= 100_000)
