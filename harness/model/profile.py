"""A load profile: named stages, one after the other. Open stages set an arrival rate, closed ones a number of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.model.quantity import show_duration
from harness.model.shapes import Course, Shape
from harness.model.trace import Trace

Arrivals = Literal["uniform", "poisson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStage:
    """Arrivals that don't wait for answers, for `duration` seconds: `rate` per second, or in a shape, or as a trace has them.

    `arrivals` says how they are spread; a trace spreads its own.
    """

    name: str
    rate: float | Shape | Trace
    duration: float
    arrivals: Arrivals = "uniform"
    warm_up: bool = False

    @property
    def course(self) -> Course | Trace:
        """The rate over the stage."""
        return self.rate if isinstance(self.rate, Trace) else Course.of(self.rate, self.duration)

    @property
    def peak(self) -> float:
        """The highest rate, per second."""
        return self.course.peak

    def rate_at(self, seconds: float) -> float:
        """Arrivals per second that are meant `seconds` into the stage."""
        return self.course.at(seconds)

    def arrivals_until(self, seconds: float) -> float:
        """How many arrivals are meant from the stage's start until then: the integral of the rate."""
        return self.course.until(min(seconds, self.duration))

    def describe(self) -> str:
        """For people, such as `150/s, poisson, for 60s`."""
        lasting = f"for {show_duration(self.duration)}"
        if isinstance(self.rate, Trace):
            return f"{self.rate.describe()}, {lasting}"
        rate = f"{self.rate:g}/s" if isinstance(self.rate, int | float) else self.rate.describe("/s")
        return f"{rate}, {self.arrivals}, {lasting}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedStage:
    """`users` at a time (a number, or a shape), each waiting for its answer, for `duration` seconds.

    A number is reached at `spawn_rate` users per second, or at once; a shape says itself when it is reached.
    """

    name: str
    users: int | Shape
    duration: float
    spawn_rate: float | None = None
    warm_up: bool = False

    @property
    def course(self) -> Course:
        """The number of users over the stage, but for the way to it at `spawn_rate`."""
        return Course.of(self.users, self.duration)

    @property
    def peak(self) -> int:
        """The highest number of users."""
        return int(self.course.peak)

    def describe(self) -> str:
        """For people, such as `50 users for 60s`."""
        users = f"{self.users} users" if isinstance(self.users, int) else self.users.describe(" users")
        way = f" at {self.spawn_rate:g} users/s" if self.spawn_rate else ""
        return f"{users}{way} for {show_duration(self.duration)}"


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
    def peak_rate(self) -> float:
        """The highest arrival rate, per second; 0 where users wait for answers."""
        return max((stage.peak for stage in self.stages if isinstance(stage, OpenStage)), default=0.0)

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

    def rate_at(self, at: float) -> float:
        """Arrivals per second that are meant `at` seconds after zero; 0 outside the profile, and for users who wait."""
        for stage, span in zip(self.stages, self.spans, strict=True):
            if span.holds(at):
                return stage.rate_at(at - span.start) if isinstance(stage, OpenStage) else 0.0
        return 0.0
