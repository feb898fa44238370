"""A fault whose strength changes while it lasts is a row of phases, each with one disturbance in force. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harness.model.fault import Disturbance

__all__ = ["Phase", "Phased", "missed", "phases_of"]


@dataclass(frozen=True, slots=True)
class Phase:
    """`start` and `end` in seconds since the fault's start. Phases that touch are one stretch in force: the second is an update."""

    start: float
    end: float
    disturbance: Disturbance

    def within(self, start: float, end: float) -> Phase | None:
        """The part of it between two moments; None where there is none."""
        first, last = max(self.start, start), min(self.end, end)
        return Phase(first, last, self.disturbance) if first < last else None


@runtime_checkable
class Phased(Protocol):
    """A disturbance that changes with time."""

    def phases(self, duration: float) -> tuple[Phase, ...]:
        """What is in force when, for a fault of that many seconds; in order, and never two at once."""


def phases_of(disturbance: Disturbance, duration: float) -> tuple[Phase, ...]:
    """One phase for what does not change."""
    return disturbance.phases(duration) if isinstance(disturbance, Phased) else (Phase(0.0, duration, disturbance),)


def missed(phases: Sequence[Phase], reached: int) -> str:
    """What a fault never was that ended in phase `reached`: empty where every strength was had, and for one that never began."""
    had = [phase.disturbance for phase in phases[: reached + 1]]
    left = [phase.disturbance for phase in phases[reached + 1 :] if phase.disturbance not in had]
    if not had or not left:
        return ""
    return f"the run ended at step {reached + 1} of {len(phases)}: {had[-1].describe()}, never {left[-1].describe()}"
