from hypothesis import given
from hypothesis import strategies as st

from harness.load.users import steps, users_at
from harness.model import ClosedStage

stages = st.lists(
    st.builds(
        ClosedStage,
        name=st.just("s"),
        users=st.integers(0, 100),
        duration=st.floats(0.5, 20),
        spawn_rate=st.none() | st.floats(0.5, 50),
    ),
    min_size=1,
    max_size=4,
)


@given(stages, st.integers(1, 6))
def test_workers_share_the_users_of_every_stage(plan: list[ClosedStage], workers: int) -> None:
    """Each stage's users are spread over the workers, none lost and none twice."""
    shares = [steps(plan, worker=worker, workers=workers) for worker in range(workers)]
    for number, stage in enumerate(plan):
        assert sum(share[number].users for share in shares) == stage.users


@given(stages, st.floats(-1, 100))
def test_users_stay_between_nothing_and_the_largest_stage(plan: list[ClosedStage], at: float) -> None:
    """At no moment are more users meant than the largest stage has."""
    assert 0 <= users_at(plan, at) <= max(stage.users for stage in plan)


def test_a_ramp_climbs_at_its_spawn_rate() -> None:
    """20 users at 10/s are half there after one second, all after two, and gone after the profile."""
    plan = [ClosedStage(name="s", users=20, duration=5, spawn_rate=10)]
    assert [users_at(plan, at) for at in (0, 1, 2, 4.9, 5)] == [0, 10, 20, 20, 0]
