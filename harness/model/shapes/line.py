"""A stretch in which a level goes evenly from one value to another."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Line:
    """From `first` to `last` in `duration` seconds; neither is below zero."""

    duration: float
    first: float
    last: float

    @property
    def peak(self) -> float:
        """The highest level."""
        return max(self.first, self.last)

    def at(self, seconds: float) -> float:
        """The level `seconds` after the beginning."""
        return self.first + (self.last - self.first) * seconds / self.duration

    def until(self, seconds: float) -> float:
        """The area under the line from its beginning: of a rate, the number of arrivals."""
        return seconds * (self.first + self.at(seconds)) / 2

    def when(self, area: float) -> float:
        """Seconds until the area is `area`: `until`, inverted. The root is taken in the form that loses no digits near a flat line."""
        if area <= 0:
            return 0.0
        slope = (self.last - self.first) / self.duration
        root = sqrt(max(0.0, self.first * self.first + 2 * slope * area))
        return min(2 * area / (self.first + root), self.duration)
