"""Arrivals of every shape agree with the integral of their rate."""

import random
from bisect import bisect_left
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.arrivals import planned_arrivals
from harness.model import OpenStage, Ramp, Shape, Sine, Spike, Steps, Trace

rates = st.floats(0.5, 200)
maybe_none = st.just(0.0) | rates


def sine(mean: float, share: float, period: float) -> Sine:
    return Sine(mean, mean * share, period)


shapes = st.one_of(
    rates,
    st.builds(Ramp, maybe_none, rates),
    st.builds(Ramp, rates, maybe_none),
    st.builds(Steps, maybe_none, rates, st.integers(2, 9)),
    st.builds(Spike, maybe_none, rates, st.floats(0, 4), st.floats(0.01, 4)),
    st.builds(sine, rates, st.floats(0, 1), st.floats(0.2, 20)),
)


def stages(arrivals: str) -> st.SearchStrategy[list[OpenStage]]:
    one = st.builds(OpenStage, name=st.just("s"), rate=shapes, duration=st.floats(0.1, 5), arrivals=st.just(arrivals))
    return st.lists(one, min_size=1, max_size=4)


def meant(plan: list[OpenStage], until: float) -> float:
    """The integral of the rate over joined stages."""
    starts = [0.0, *accumulate(stage.duration for stage in plan)]
    return sum(stage.arrivals_until(until - start) for stage, start in zip(plan, starts, strict=False) if until > start)


def moments(plan: list[OpenStage], seed: int = 0) -> list[float]:
    return [arrival.due_ns / 1e9 for arrival in planned_arrivals(plan, [1.0], random.Random(seed))]


@given(stages("uniform"), st.floats(0, 1), st.floats(0, 1))
def test_any_interval_has_as_many_uniform_arrivals_as_the_integral_of_the_rate(
    plan: list[OpenStage], one: float, other: float
) -> None:
    """Within one arrival, across shapes and stages that join: no rounding adds up."""
    whole = sum(stage.duration for stage in plan)
    start, end = sorted((one * whole, other * whole))
    times = moments(plan)
    found = bisect_left(times, end) - bisect_left(times, start)
    assert abs(found - (meant(plan, end) - meant(plan, start))) <= 1 + 1e-4


@given(stages("uniform") | stages("poisson"), st.integers())
def test_arrivals_of_every_shape_come_in_order_and_within_the_profile(plan: list[OpenStage], seed: int) -> None:
    """Time never goes back, whatever is joined to what."""
    times = moments(plan, seed)
    assert times == sorted(times)
    assert all(0 <= at <= sum(stage.duration for stage in plan) + 1e-8 for at in times)


@pytest.mark.parametrize(
    "shape", [Ramp(0, 800), Ramp(800, 0), Steps(100, 900, 5), Spike(100, 2000, 10, 5), Sine(400, 400, 9)], ids=str
)
def test_poisson_arrivals_of_a_shape_are_spread_as_its_rate(shape: Shape) -> None:
    """In each tenth of 40 s the count is the integral, within five of its standard deviations (the square root)."""
    stage = OpenStage(name="s", rate=shape, duration=40, arrivals="poisson")
    times = moments([stage], 3)
    for part in range(10):
        wanted = stage.arrivals_until(part * 4 + 4) - stage.arrivals_until(part * 4)
        found = bisect_left(times, part * 4 + 4) - bisect_left(times, part * 4)
        assert abs(found - wanted) <= 5 * wanted**0.5 + 1


@given(shapes, st.floats(0.1, 50), st.floats(0, 1))
def test_a_shapes_integral_is_that_of_its_rate(shape: float | Shape, duration: float, share: float) -> None:
    """The closed form agrees with a sum of small slices, and the rate never passes its peak."""
    stage = OpenStage(name="s", rate=shape, duration=duration)
    end, slices = share * duration, 2000
    levels = [stage.rate_at((i + 0.5) * end / slices) for i in range(slices)]
    assert sum(levels) * end / slices == pytest.approx(
        stage.arrivals_until(end), rel=2e-3, abs=stage.peak * duration / 500
    )
    assert max(levels) <= stage.peak * (1 + 1e-9)
    assert min(levels) >= -1e-9 * stage.peak


@given(st.lists(st.floats(0, 20), min_size=1, max_size=50), st.floats(0.1, 20), st.integers(1, 4))
def test_a_trace_arrives_as_recorded(raw: list[float], duration: float, workers: int) -> None:
    """Every moment before the stage's end, to the nanosecond, once over all workers."""
    stage = OpenStage(name="s", rate=Trace("x.csv", tuple(sorted(raw))), duration=duration)
    found = [
        arrival.due_ns
        for worker in range(workers)
        for arrival in planned_arrivals([stage], [1.0], random.Random(0), worker=worker, workers=workers)
    ]
    assert sorted(found) == [round(at * 1e9) for at in sorted(raw) if at < duration]
    assert stage.arrivals_until(duration) == len(found)


def test_a_trace_knows_its_rate_and_its_end() -> None:
    """Three arrivals in two seconds last three: one mean gap beyond the last. Its peak is its busiest second."""
    trace = Trace("x.csv", (0.0, 0.5, 2.0))
    assert (trace.natural_end, trace.peak, trace.at(0.5), trace.at(2.0)) == (3.0, 2.0, 2.0, 1.0)
    assert Trace("x.csv", (0.0,)).natural_end == 1.0
