"""The port to whoever watches an edge, or a fault that says itself what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from harness.faults.canary import Observation, Sight
from harness.faults.canary.effect import Visible

__all__ = ["Watcher"]


class Watcher(Protocol):
    """The canary of one edge; see `Canary`."""

    def baseline(self) -> Sequence[Observation]: ...

    def look(
        self,
        disturbance: Visible,
        baseline: Sequence[Observation],
        *,
        within_s: float,
        others: Sequence[Visible] = ...,
        cancelled: Callable[[], bool] = ...,
    ) -> Sight: ...

    def look_after(
        self,
        disturbance: Visible,
        baseline: Sequence[Observation],
        *,
        within_s: float = ...,
        cancelled: Callable[[], bool] = ...,
    ) -> Sight: ...
