"""A stretch in which a level swings."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

_ROUNDS = 60
_CLOSE = 1e-10  # the step before was some 1e-5 then: Newton doubles the digits


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
        """Seconds until the area is `area`, within 20 ns: Newton's steps, halving where one leaves the bracket."""
        if area <= 0:
            return 0.0
        turn = 2 * pi / self.period
        swing = self.amplitude / turn
        low = max(0.0, (area - 2 * swing) / self.mean)
        high = area / self.mean  # the wave is never behind its mean: it begins upwards
        guess = (low + high) / 2
        for _ in range(_ROUNDS):
            missing = area - self.mean * guess - swing * (1 - cos(turn * guess))
            if missing > 0:
                low = guess
            else:
                high = guess
            level = self.mean + self.amplitude * sin(turn * guess)
            step = missing / level if level > 0 else 0.0
            if not low < guess + step < high:
                step = (low + high) / 2 - guess
            guess += step
            if abs(step) <= _CLOSE * max(1.0, guess):
                break
        return min(guess, self.duration)
