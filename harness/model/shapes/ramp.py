"""A level that rises or falls evenly."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.shapes.line import Line


@dataclass(frozen=True, slots=True)
class Ramp:
    """From `first` at the stage's start to `last` at its end."""

    first: float
    last: float

    def pieces(self, duration: float) -> tuple[Line, ...]:
        """Laid over `duration` seconds."""
        return (Line(duration, self.first, self.last),)

    def describe(self, unit: str) -> str:
        """For people, such as `10 to 100/s`."""
        return f"{self.first:g} to {self.last:g}{unit}"
