"""How another host's CLOCK_MONOTONIC stands to ours. Pure: pings in, an offset with its uncertainty out.

Cristian's algorithm (Distributed Computing 3, 1989): of many pings the one with the shortest way there and back says most, and the other
clock's reading lies somewhere between its start and its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Clock", "Ping", "offset_of"]


@dataclass(frozen=True, slots=True)
class Ping:
    """Sent and answered by our clock, and what the other clock said in between, ns."""

    sent: int
    there: int
    back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`offset_ns` is the other clock minus ours, right to within `uncertainty_ns` when it was measured; `drift_ns` is by how much it
    had moved at the end of the run (None where it could not be asked)."""

    host: str
    offset_ns: int
    uncertainty_ns: int
    drift_ns: int | None = None

    @property
    def error_ns(self) -> int:
        """The most by which times of that host may be off during the run."""
        return self.uncertainty_ns + abs(self.drift_ns or 0)


def offset_of(pings: Iterable[Ping]) -> tuple[int, int]:
    """Offset and uncertainty, ns. Raises ValueError without a ping."""
    best = min(pings, key=lambda ping: ping.back - ping.sent)
    return best.there - (best.sent + best.back) // 2, (best.back - best.sent + 1) // 2
