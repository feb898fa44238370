"""The open model's plan: when each arrival is due, and which user class takes it. Pure: the dice are an argument."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Protocol

from harness.model.profile import OpenStage
from harness.model.quantity import NS_PER_S

__all__ = ["Arrival", "Dice", "first_pool", "planned_arrivals"]

_ANSWER_S = 0.25  # the time in a task that the first pool allows for (Little's law); it grows while running
_SPARE = 4


class Dice(Protocol):
    """What is needed of `random.Random`."""

    def random(self) -> float:
        """Uniform in [0, 1)."""

    def expovariate(self, lambd: float) -> float:
        """Exponential with mean 1 / lambd."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One task iteration that is due `due_ns` after zero in `stage`, for the user class of that index."""

    due_ns: int
    stage: str
    user_class: int


def planned_arrivals(
    stages: Sequence[OpenStage], weights: Sequence[float], dice: Dice, *, worker: int = 0, workers: int = 1
) -> Iterator[Arrival]:
    """Arrivals in order of time, stage by stage. Uniform ones stand 1/rate apart, the first at the stage's start;
    Poisson ones have exponential gaps of mean 1/rate.

    Every worker draws the same plan from the same seed and takes each `workers`-th arrival, so the union is the plan.
    """
    bounds = list(accumulate(weights))
    start = 0.0
    number = 0
    for stage in stages:
        for offset in _offsets(stage, dice):
            chosen = _class_of(bounds, dice.random())
            if number % workers == worker:
                yield Arrival(round((start + offset) * NS_PER_S), stage.name, chosen)
            number += 1
        start += stage.duration


def first_pool(weights: Sequence[float], peak_rate: float, cap: int) -> tuple[int, ...]:
    """Users per class to start with: what the class's share of `peak_rate` (per second) needs at a quarter of a second
    per iteration (Little's law), and a few spare; together at most `cap`, but at least one each."""
    total = sum(weights)
    wanted = [ceil(peak_rate * weight / total * _ANSWER_S) + _SPARE for weight in weights]
    scale = min(1.0, cap / sum(wanted))
    return tuple(max(1, int(count * scale)) for count in wanted)


def _offsets(stage: OpenStage, dice: Dice) -> Iterator[float]:
    if stage.arrivals == "uniform":
        # The small slack keeps 0.1 s * 30/s at three arrivals in spite of binary fractions.
        for i in range(ceil(stage.rate * stage.duration - 1e-9)):
            yield i / stage.rate
        return
    at = dice.expovariate(stage.rate)
    while at < stage.duration:
        yield at
        at += dice.expovariate(stage.rate)


def _class_of(bounds: Sequence[float], uniform: float) -> int:
    mark = uniform * bounds[-1]
    return next((i for i, bound in enumerate(bounds) if mark < bound), len(bounds) - 1)
