"""The run's one clock, as faults need it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["RunClock"]


@dataclass(frozen=True, slots=True)
class RunClock:
    """`zero_ns` is the run's zero on CLOCK_MONOTONIC; `monotonic_ns` and `wall` (seconds since the epoch) read this host's clocks."""

    zero_ns: int
    monotonic_ns: Callable[[], int]
    wall: Callable[[], float]

    def now_ns(self) -> int:
        """Nanoseconds since zero; negative before it."""
        return self.monotonic_ns() - self.zero_ns

    def now_s(self) -> float:
        """Seconds since zero."""
        return self.now_ns() / 1e9

    def utc(self) -> str:
        """For people: ISO 8601 with milliseconds."""
        return datetime.fromtimestamp(self.wall(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
