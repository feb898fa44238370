"""A stretch in which a level swings."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

_ROUNDS = 60
_CLOSE = 1e-11


@dataclass(frozen=True, slots=True)
class Wave:
    """`mean` + `amplitude` * sin(2 pi t / `period`) for `duration` seconds. `amplitude` is at most `mean`, which is above zero."""

    duration: float
    mean: float
    amplitude: float
    period: float

    @property
    def peak(self) -> float:
        """The highest level that is reached within the duration."""
        return self.at(min(self.duration, self.period / 4))

    def at(self, seconds: float) -> float:
        """The level `seconds` after the beginning."""
        return self.mean + self.amplitude * sin(2 * pi * seconds / self.period)

    def until(self, seconds: float) -> float:
        """The area from the beginning: mean * t + amplitude * period / (2 pi) * (1 - cos(2 pi t / period))."""
        return self.mean * seconds + self.amplitude * self.period / (2 * pi) * (1 - cos(2 * pi * seconds / self.period))

    def when(self, area: float) -> float:
        """Seconds until the area is `area`, within 10 ps of relative error: Newton's steps, halving where one leaves the bracket."""
        if area <= 0:
            return 0.0
        low = max(0.0, (area - self.amplitude * self.period / pi) / self.mean)
        high = area / self.mean  # the wave is never behind its mean: it begins upwards
        guess = (low + high) / 2
        for _ in range(_ROUNDS):
            missing = area - self.until(guess)
            low, high = (guess, high) if missing > 0 else (low, guess)
            level = self.at(guess)
            following = guess + missing / level if level > 0 else low
            if not low < following < high:
                following = (low + high) / 2
            if abs(following - guess) <= _CLOSE * max(1.0, guess):
                return min(following, self.duration)
            guess = following
        return min(guess, self.duration)
