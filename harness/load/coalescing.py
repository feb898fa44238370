"""At a high rate several arrivals share one waking; at a low one the process is awake before it. Pure.

To sleep and be woken costs a process some 25 µs of processor time in a virtual machine, more than all the rest of an arrival. One waking each at
16,000 a second filled a core; then the kernel takes 50 ms of each second away from a real-time process, and those stood in the figures. What is
gathered here starts up to 0.2 ms late, which counts as latency, since that is from the intended start (as Linux does it: timer slack, prctl(2)).

Where arrivals are far apart it is the other way round: a processor that slept can be late by milliseconds (see `timer`), and 6 % of a core buys
being awake in time: 1.5 ms before each arrival at 40 a second, 0.1 ms at 600.
"""

from __future__ import annotations

from collections import deque

__all__ = ["GATHER_NS", "Coalescing"]

GATHER_NS = 200_000  # between wakings at a high rate: above 5,000 arrivals a second
AWAKE_SHARE = 0.06  # of a core
MOST_AWAKE_NS = 1_500_000
_LEAST_AWAKE_NS = 100_000  # the timer's own lead does as much
_DENSE = 32  # arrivals in a row that come so close


class Coalescing:
    """When to wake for each arrival of a plan; nanoseconds after zero."""

    def __init__(self) -> None:
        self._recent: deque[int] = deque(maxlen=_DENSE)
        self._woke_ns = -GATHER_NS
        self._gap_ns = 0.0

    @property
    def awake_ns(self) -> int:
        """How long to be awake before the arrival that was asked for last; from the mean gap of the last 32."""
        awake = min(MOST_AWAKE_NS, int(self._gap_ns * AWAKE_SHARE))
        return awake if awake >= _LEAST_AWAKE_NS else 0

    def wake_at(self, due_ns: int) -> int:
        """When the arrival that is due then should be begun: then, or up to 0.2 ms later where the last 32 came within 32 times 0.2 ms.

        Call it once for each arrival, in their order.
        """
        recent = self._recent
        dense = len(recent) == _DENSE and due_ns - recent[0] < _DENSE * GATHER_NS
        self._gap_ns = (due_ns - recent[0]) / len(recent) if recent else 0.0
        recent.append(due_ns)
        return max(due_ns, self._woke_ns + GATHER_NS) if dense else due_ns

    def woke(self, at_ns: int) -> None:
        """The waking that was asked for came then."""
        self._woke_ns = at_ns
