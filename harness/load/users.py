"""The closed model: how many users are meant to be there at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from harness.model.profile import ClosedStage
from harness.model.quantity import NS_PER_S

__all__ = ["Step", "steps", "users_at"]

_TICK_S = 0.1
_MOST_TICKS = 100_000  # a day of users that swing: every 0.9 s
_AT_ONCE = 100.0  # users per second: above it Locust complains in its log


@dataclass(frozen=True, slots=True)
class Step:
    """From `at_ns` after zero, head for `users` at `spawn_rate` users per second."""

    at_ns: int
    users: int
    spawn_rate: float


def steps(stages: Sequence[ClosedStage], *, worker: int = 0, workers: int = 1) -> tuple[Step, ...]:
    """One step for a number of users, reached at its spawn rate or at once; for a shape one at each change, at most ten a
    second. `workers` share the users evenly."""
    out: list[Step] = []
    start, before = 0.0, 0
    for stage in stages:
        for offset, wanted in _changes(stage):
            users = wanted // workers + (worker < wanted % workers)
            rate = stage.spawn_rate / workers if stage.spawn_rate else max(abs(users - before), _AT_ONCE)
            out.append(Step(round((start + offset) * NS_PER_S), users, float(rate)))
            before = users
        start += stage.duration
    return tuple(out)


def _changes(stage: ClosedStage) -> Iterator[tuple[float, int]]:
    """When, in seconds into the stage, how many users are meant from then on: the nearest whole number at a tick's middle."""
    start, before = 0.0, -1
    for piece in stage.course.pieces:
        ticks = 1 if piece.at(0.0) == piece.at(piece.duration) == piece.peak else _ticks(piece.duration)
        for tick in range(ticks):
            wanted = round(piece.at((tick + 0.5) * piece.duration / ticks))
            if wanted != before:
                yield start + tick * piece.duration / ticks, wanted
                before = wanted
        start += piece.duration


def _ticks(duration: float) -> int:
    return max(1, min(ceil(duration / _TICK_S), _MOST_TICKS))


def users_at(stages: Sequence[ClosedStage], at: float) -> float:
    """The number of users meant to be there `at` seconds after zero, ramps included; 0 before and after."""
    users, start = 0.0, 0.0
    if at < 0:
        return 0.0
    for stage in stages:
        inside = min(at - start, stage.duration)
        if not isinstance(stage.users, int):
            users = stage.course.at(max(0.0, inside))
        elif stage.spawn_rate:
            step = stage.spawn_rate * inside
            users = min(users + step, stage.users) if stage.users > users else max(users - step, stage.users)
        else:
            users = stage.users
        if at < start + stage.duration:
            return float(users)
        start += stage.duration
    return 0.0
