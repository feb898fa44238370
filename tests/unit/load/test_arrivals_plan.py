import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.load.arrivals import first_pool, planned_arrivals
from harness.model import OpenStage

stages = st.lists(
    st.builds(
        OpenStage,
        name=st.sampled_from(["a", "b", "c"]),
        rate=st.floats(0.5, 200),
        duration=st.floats(0.1, 5),
        arrivals=st.sampled_from(["uniform", "poisson"]),
    ),
    min_size=1,
    max_size=3,
)
weights = st.lists(st.floats(0.1, 10), min_size=1, max_size=4)


@given(stages, weights, st.integers())
def test_arrivals_come_in_order_and_inside_their_stage(plan: list[OpenStage], shares: list[float], seed: int) -> None:
    """Times never go back, and each lies inside the stage whose name it carries."""
    found = list(planned_arrivals(plan, shares, random.Random(seed)))
    times = [arrival.due_ns for arrival in found]
    assert times == sorted(times)
    assert all(0 <= at <= sum(s.duration for s in plan) * 1e9 + 1 for at in times)
    assert all(0 <= arrival.user_class < len(shares) for arrival in found)


@given(stages, weights, st.integers(), st.integers(1, 5))
def test_workers_share_the_plan_without_loss(plan: list[OpenStage], shares: list[float], seed: int, count: int) -> None:
    """What all workers take together is what one would take alone."""
    alone = list(planned_arrivals(plan, shares, random.Random(seed)))
    parts = [
        list(planned_arrivals(plan, shares, random.Random(seed), worker=worker, workers=count))
        for worker in range(count)
    ]
    key = lambda a: (a.due_ns, a.stage, a.user_class)  # noqa: E731
    assert sorted((a for part in parts for a in part), key=key) == sorted(alone, key=key)


@given(st.integers(1, 300), st.integers(1, 10))
def test_uniform_arrivals_are_as_many_as_rate_times_duration(rate: int, duration: int) -> None:
    """A uniform stage of R/s for D s has R*D arrivals, 1/R apart, the first at its start."""
    stage = OpenStage(name="s", rate=rate, duration=duration)
    times = [a.due_ns for a in planned_arrivals([stage], [1], random.Random(0))]
    assert len(times) == rate * duration
    assert times[0] == 0
    assert all(abs(b - a - 1e9 / rate) <= 1 for a, b in pairwise(times))


def test_poisson_arrivals_have_the_rate_and_the_spread_of_their_law() -> None:
    """Of 40,000 exponential gaps the mean and the deviation are both 1/rate, within 3 %."""
    stage = OpenStage(name="s", rate=400, duration=100, arrivals="poisson")
    times = [a.due_ns for a in planned_arrivals([stage], [1], random.Random(7))]
    gaps = [(b - a) / 1e9 for a, b in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert abs(mean * 400 - 1) < 0.03
    assert abs(deviation * 400 - 1) < 0.03


def test_the_plan_draws_user_classes_by_weight() -> None:
    """Weights 3 and 1 give three quarters to the first class, whatever the classes' speed."""
    stage = OpenStage(name="s", rate=1000, duration=20)
    found = [a.user_class for a in planned_arrivals([stage], [3, 1], random.Random(1))]
    assert abs(found.count(0) / len(found) - 0.75) < 0.02


@given(weights, st.floats(0.1, 5000), st.integers(1, 1000))
def test_the_first_pool_has_somebody_of_each_class_and_keeps_the_cap(
    shares: list[float], rate: float, cap: int
) -> None:
    """At least one user a class, and no more than the cap (or one each, where the cap is below the classes)."""
    counts = first_pool(shares, rate, cap)
    assert all(count >= 1 for count in counts)
    assert sum(counts) <= max(cap, len(shares)) + len(shares)
