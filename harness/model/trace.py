"""Arrivals as they once came: a recorded list of moments, to be replayed."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trace:
    """`times` are seconds since the stage's start, sorted, none below zero; `source` is where they come from, for people.
    `speed` says how many times faster than recorded they already are."""

    source: str
    times: tuple[float, ...] = field(repr=False)
    speed: float = 1.0

    @property
    def natural_end(self) -> float:
        """Seconds that the trace lasts: one mean gap beyond its last arrival, or a second where there is no gap."""
        last = self.times[-1]
        return last + last / (len(self.times) - 1) if last > 0 else 1.0

    @property
    def peak(self) -> float:
        """Arrivals in the busiest second."""
        most, first = 0, 0
        for number, at in enumerate(self.times):
            while at - self.times[first] >= 1.0:
                first += 1
            most = max(most, number - first + 1)
        return float(most)

    def at(self, seconds: float) -> float:
        """Arrivals per second in the second around that moment."""
        start = max(0.0, seconds - 0.5)
        return bisect_left(self.times, start + 1.0) - bisect_left(self.times, start) + 0.0

    def until(self, seconds: float) -> float:
        """How many are due before that moment."""
        return float(bisect_left(self.times, seconds))

    def describe(self) -> str:
        """For people, such as `1200 arrivals as in arrivals.csv, 2 times as fast`."""
        count = f"{len(self.times)} arrival{'s' if len(self.times) > 1 else ''}"
        return f"{count} as in {self.source}" + ("" if self.speed == 1 else f", {self.speed:g} times as fast")
