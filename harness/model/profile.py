"""A load profile: named stages, one after the other. Open stages set an arrival rate, closed ones a number of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Arrivals = Literal["uniform", "poisson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStage:
    """Arrivals that don't wait for answers: `rate` per second for `duration` seconds."""

    name: str
    rate: float
    duration: float
    arrivals: Arrivals = "uniform"
    warm_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedStage:
    """`users` at a time, each waiting for its answer, for `duration` seconds; reached at `spawn_rate` users per second."""

    name: str
    users: int
    duration: float
    spawn_rate: float | None = None
    warm_up: bool = False


Stage = OpenStage | ClosedStage


@dataclass(frozen=True, slots=True)
class Span:
    """A named stretch of the run, seconds since zero; `end` excluded."""

    name: str
    start: float
    end: float
    warm_up: bool = False

    def holds(self, at: float) -> bool:
        """Whether `at` (seconds since zero) lies inside."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Profile:
    """One or more stages of one model (all open, or all closed)."""

    stages: tuple[Stage, ...]

    @property
    def is_open(self) -> bool:
        """Whether arrivals follow a plan rather than answers."""
        return all(isinstance(stage, OpenStage) for stage in self.stages)

    @property
    def duration(self) -> float:
        """Seconds from zero to the last arrival due."""
        return sum(stage.duration for stage in self.stages)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Each stage as a stretch since zero."""
        spans, start = [], 0.0
        for stage in self.stages:
            spans.append(Span(stage.name, start, start + stage.duration, stage.warm_up))
            start += stage.duration
        return tuple(spans)

    def stage_at(self, at: float) -> str:
        """The name of the stage at `at` seconds; the last one for anything later."""
        for span in self.spans:
            if at < span.end:
                return span.name
        return self.stages[-1].name
