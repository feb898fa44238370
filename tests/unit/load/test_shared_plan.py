"""One plan, shared by several load processes."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.load import LoadPlan, shared
from harness.load.arrivals import planned_arrivals
from harness.model import OpenStage, Profile


def _plan(users: int = 100, seed: int = 0) -> LoadPlan:
    profile = Profile(
        (
            OpenStage(name="calm", rate=37, duration=1.5),
            OpenStage(name="storm", rate=91, duration=1, arrivals="poisson"),
        )
    )
    return LoadPlan(locustfile=Path("mine.py"), host="", profile=profile, run="r", users=users, seed=seed)


def _arrivals(plan: LoadPlan) -> list[tuple[int, str, int]]:
    stages = [stage for stage in plan.profile.stages if isinstance(stage, OpenStage)]
    dice = random.Random(f"{plan.seed}:arrivals")
    arrivals = planned_arrivals(stages, (3, 1), dice, worker=plan.worker, workers=plan.workers)
    return [(one.due_ns, one.stage, one.user_class) for one in arrivals]


@given(workers=st.integers(1, 7), seed=st.integers(0, 99))
def test_the_union_of_the_workers_arrivals_is_the_plan(workers: int, seed: int) -> None:
    """The same times, stages and user classes, each exactly once."""
    whole = _plan(seed=seed)
    assert sorted(a for one in shared(whole, workers) for a in _arrivals(one)) == sorted(_arrivals(whole))


@given(users=st.integers(1, 500), workers=st.integers(1, 20))
def test_the_cap_on_users_is_shared(users: int, workers: int) -> None:
    """The caps add up to the plan's, and no worker is without a user."""
    caps = [one.users for one in shared(_plan(users=users), workers)]
    assert min(caps) >= 1
    assert sum(caps) == max(users, workers)
