"""Faults that come and go."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, takewhile
from typing import TYPE_CHECKING

from harness.faults.toxics.phases import Phase, phases_of
from harness.model.fault import Disturbance
from harness.model.quantity import parse_duration, show_duration

__all__ = ["Flap"]

_SHORTEST_S = 0.05  # applying and healing take a few milliseconds each


@dataclass(frozen=True, slots=True)
class Flap:
    """`inner` is in force for `on` seconds at the start of every `every` seconds."""

    inner: Disturbance
    on: float
    every: float

    if TYPE_CHECKING:  # durations may be given as text, and are read

        def __init__(self, inner: Disturbance, on: float | str, every: float | str) -> None: ...

    def __post_init__(self) -> None:
        for name in ("on", "every"):
            given: object = getattr(self, name)
            if isinstance(given, str):
                object.__setattr__(self, name, parse_duration(given))
        if self.on < _SHORTEST_S:
            raise ValueError(f"`for` of {show_duration(self.on)} is too short to flap; write at least 50ms")
        if self.every - self.on < _SHORTEST_S:
            raise ValueError(
                f"in force for {show_duration(self.on)} of every {show_duration(self.every)} leaves no time between; "
                "write an `every` that is at least 50ms longer than `for`"
            )

    @property
    def kind(self) -> str:
        return self.inner.kind

    def describe(self) -> str:
        return f"{self.inner.describe()}, for {show_duration(self.on)} every {show_duration(self.every)}"

    def phases(self, duration: float) -> tuple[Phase, ...]:
        inner = phases_of(self.inner, duration)
        starts = takewhile(lambda start: start < duration, (turn * self.every for turn in count()))
        return tuple(
            part for start in starts for phase in inner if (part := phase.within(start, min(start + self.on, duration)))
        )
