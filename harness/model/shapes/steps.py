"""A level that goes up or down stairs."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.shapes.line import Line


@dataclass(frozen=True, slots=True)
class Steps:
    """`count` (two or more) levels from `first` to `last`, equally far apart and equally long."""

    first: float
    last: float
    count: int

    def pieces(self, duration: float) -> tuple[Line, ...]:
        """Laid over `duration` seconds."""
        rise = (self.last - self.first) / (self.count - 1)
        levels = (*(self.first + i * rise for i in range(self.count - 1)), self.last)
        return tuple(Line(duration / self.count, level, level) for level in levels)

    def describe(self, unit: str) -> str:
        """For people, such as `10 to 100/s in 5 steps`."""
        return f"{self.first:g} to {self.last:g}{unit} in {self.count} steps"
