"""The open model's plan: when each arrival is due, and which user class takes it. Pure: the dice are an argument."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, count, takewhile
from math import ceil
from typing import NamedTuple, Protocol

from harness.model.profile import OpenStage
from harness.model.quantity import NS_PER_S
from harness.model.shapes import Course
from harness.model.trace import Trace

__all__ = ["Arrival", "Dice", "first_pool", "planned_arrivals"]

_ANSWER_S = 0.25  # the time in a task that the first pool allows for (Little's law); it grows while running
_SPARE = 4
_SLACK = 1e-9  # keeps 0.1 s * 30/s at three arrivals in spite of binary fractions


class Dice(Protocol):
    """What is needed of `random.Random`."""

    def random(self) -> float:
        """Uniform in [0, 1)."""

    def expovariate(self, lambd: float) -> float:
        """Exponential with mean 1 / lambd."""


class Arrival(NamedTuple):  # tens of thousands a second: a tuple is made in a third of the time of a frozen dataclass
    """One task iteration that is due `due_ns` after zero in `stage`, for the user class of that index."""

    due_ns: int
    stage: str
    user_class: int


def planned_arrivals(
    stages: Sequence[OpenStage], weights: Sequence[float], dice: Dice, *, worker: int = 0, workers: int = 1
) -> Iterator[Arrival]:
    """Arrivals in order of time, stage by stage. Uniform ones come whenever the integral of the rate reaches the next whole
    number, the first at the start; of a constant rate they stand 1/rate apart. Stages join: what one leaves of a gap the
    next one fills. Poisson ones have exponential gaps in that integral, of mean 1. A trace's come as it says.

    Every worker draws the same plan from the same seed and takes each `workers`-th arrival, so the union is the plan.
    """
    bounds = list(accumulate(weights))
    start = phase = 0.0
    number = 0
    for stage in stages:
        for offset in _offsets(stage, dice, phase):
            chosen = _class_of(bounds, dice.random())
            if number % workers == worker:
                yield Arrival(round((start + offset) * NS_PER_S), stage.name, chosen)
            number += 1
        phase = _phase_after(stage, phase)
        start += stage.duration


def first_pool(weights: Sequence[float], peak_rate: float, cap: int) -> tuple[int, ...]:
    """Users per class to start with: what the class's share of `peak_rate` (per second) needs at a quarter of a second
    per iteration (Little's law), and a few spare; together at most `cap`, but at least one each."""
    total = sum(weights)
    wanted = [ceil(peak_rate * weight / total * _ANSWER_S) + _SPARE for weight in weights]
    scale = min(1.0, cap / sum(wanted))
    return tuple(max(1, int(count * scale)) for count in wanted)


def _offsets(stage: OpenStage, dice: Dice, phase: float) -> Iterator[float]:
    """Seconds into the stage. `phase` is the share of a uniform gap that is still to pass when the stage begins."""
    course = stage.course
    if isinstance(course, Trace):
        return takewhile(lambda at: at < stage.duration, course.times)
    if stage.arrivals == "uniform":
        return _moments(course, count(phase))
    return _moments(course, accumulate(iter(lambda: dice.expovariate(1.0), None)))


def _moments(course: Course, marks: Iterator[float]) -> Iterator[float]:
    """When the integral of the rate reaches each of the marks, to the end of the course (the inverse of its mean value
    function: Cinlar 1975, Introduction to Stochastic Processes, ch. 4.7)."""
    mark, passed, start = next(marks), 0.0, 0.0
    for piece in course.pieces:
        area = piece.until(piece.duration)
        while mark < passed + area - _SLACK:
            yield start + piece.when(mark - passed)
            mark = next(marks)
        passed += area
        start += piece.duration


def _phase_after(stage: OpenStage, phase: float) -> float:
    """What a uniform stage leaves of its last gap. Poisson arrivals have no memory, and a trace knows no gap."""
    if stage.arrivals == "poisson" or isinstance(stage.rate, Trace):
        return 0.0
    area = stage.arrivals_until(stage.duration)
    return max(0.0, phase + max(0, ceil(area - phase - _SLACK)) - area)


def _class_of(bounds: Sequence[float], uniform: float) -> int:
    return min(bisect_right(bounds, uniform * bounds[-1]), len(bounds) - 1)
