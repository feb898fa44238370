"""A level that jumps up for a while and comes back."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.quantity import show_duration
from harness.model.shapes.line import Line


@dataclass(frozen=True, slots=True)
class Spike:
    """`base`, but `peak` from `start` seconds into the stage for `width` seconds. A lower `peak` makes it a gap."""

    base: float
    peak: float
    start: float
    width: float

    def pieces(self, duration: float) -> tuple[Line, ...]:
        """Laid over `duration` seconds; what lies beyond is cut off."""
        up, down = min(self.start, duration), min(self.start + self.width, duration)
        whole = ((up, self.base), (down - up, self.peak), (duration - down, self.base))
        return tuple(Line(length, level, level) for length, level in whole if length > 0)

    def describe(self, unit: str) -> str:
        """For people, such as `50/s, but 500/s from 10s for 2s`."""
        when = f"from {show_duration(self.start)} for {show_duration(self.width)}"
        return f"{self.base:g}{unit}, but {self.peak:g}{unit} {when}"
