"""The closed model's users in a shape."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.users import steps, users_at
from harness.model import ClosedStage, Ramp, Sine, Spike, Steps

counts = st.integers(0, 200)
shapes = st.one_of(
    st.builds(Ramp, counts, counts),
    st.builds(Steps, counts, counts, st.integers(2, 9)),
    st.builds(Spike, counts, counts, st.floats(0, 4), st.floats(0.1, 4)),
    st.builds(lambda mean, share, period: Sine(mean, mean * share, period), counts, st.floats(0, 1), st.floats(1, 20)),
)
stages = st.lists(
    st.builds(ClosedStage, name=st.just("s"), users=shapes | counts, duration=st.floats(0.5, 20)),
    min_size=1,
    max_size=3,
)


@given(stages, st.integers(1, 4), st.floats(0, 1))
def test_the_users_asked_for_follow_the_shape(plan: list[ClosedStage], workers: int, share: float) -> None:
    """At any moment all workers together head for the shape's level of at most a tick ago, to the nearest user."""
    whole = sum(stage.duration for stage in plan)
    at = share * whole * 0.999
    asked = 0
    for worker in range(workers):
        due = [step for step in steps(plan, worker=worker, workers=workers) if step.at_ns <= at * 1e9]
        asked += due[-1].users
    near = [users_at(plan, min(max(0.0, at + shift / 100), whole * 0.9999)) for shift in range(-11, 12)]
    assert min(near) - 1 <= asked <= max(near) + 1


@given(stages)
def test_steps_of_users_come_in_order(plan: list[ClosedStage]) -> None:
    """The first at zero, and none before the one that precedes it."""
    moments = [step.at_ns for step in steps(plan)]
    assert moments[0] == 0
    assert all(a <= b for a, b in pairwise(moments))


def test_a_ramp_of_users_has_one_step_a_user() -> None:
    """2 to 6 users in 4 s: each comes when the line is nearest to it."""
    found = steps([ClosedStage(name="s", users=Ramp(2, 6), duration=4)])
    assert [step.users for step in found] == [2, 3, 4, 5, 6]
    assert [step.at_ns / 1e9 for step in found] == pytest.approx([0, 0.5, 1.5, 2.5, 3.5], abs=0.11)


def test_a_ramp_that_stands_has_one_step() -> None:
    """A soak of hours is one order."""
    assert len(steps([ClosedStage(name="s", users=Ramp(5, 5), duration=36_000)])) == 1
