"""The closed model: how many users are meant to be there at a time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.model.profile import ClosedStage
from harness.model.quantity import NS_PER_S

__all__ = ["Step", "steps", "users_at"]


@dataclass(frozen=True, slots=True)
class Step:
    """From `at_ns` after zero, head for `users` at `spawn_rate` users per second."""

    at_ns: int
    users: int
    spawn_rate: float


def steps(stages: Sequence[ClosedStage], *, worker: int = 0, workers: int = 1) -> tuple[Step, ...]:
    """One step a stage; a stage without a spawn rate is reached at once. `workers` share the users evenly."""
    out, start = [], 0.0
    for stage in stages:
        users = stage.users // workers + (worker < stage.users % workers)
        rate = stage.spawn_rate / workers if stage.spawn_rate else float(max(users, 1))
        out.append(Step(round(start * NS_PER_S), users, rate))
        start += stage.duration
    return tuple(out)


def users_at(stages: Sequence[ClosedStage], at: float) -> float:
    """The number of users meant to be there `at` seconds after zero, ramps included; 0 before and after."""
    users, start = 0.0, 0.0
    if at < 0:
        return 0.0
    for stage in stages:
        inside = min(at - start, stage.duration)
        if stage.spawn_rate:
            step = stage.spawn_rate * inside
            users = min(users + step, stage.users) if stage.users > users else max(users - step, stage.users)
        else:
            users = stage.users
        if at < start + stage.duration:
            return float(users)
        start += stage.duration
    return 0.0
