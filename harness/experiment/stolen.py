"""CPU time that other virtual machines took from this one: a pair that was robbed compares nothing."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

LIMIT = 0.02  # of all CPU time


@dataclass(frozen=True, slots=True)
class Stolen:
    """Counters at a moment, seconds; `steal` is 0 where the system does not tell it."""

    steal: float
    total: float

    @classmethod
    def since_now(cls) -> Stolen:
        """Read them."""
        times = psutil.cpu_times()
        return cls(float(getattr(times, "steal", 0.0)), float(sum(times)))

    def share(self, later: Stolen) -> float:
        """Of all CPU time between the two."""
        passed = later.total - self.total
        return max(0.0, later.steal - self.steal) / passed if passed > 0 else 0.0

    def why_void(self, later: Stolen) -> str:
        """Why what ran between the two cannot be compared; nothing where it can."""
        share = self.share(later)
        return f"{share:.1%} of the CPU time was taken by other machines" if share > LIMIT else ""
