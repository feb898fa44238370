"""Requests per second and subject, counted in Valkey so that all processes share the count."""

from __future__ import annotations

import time

from harness.reference.adapters.valkey import Valkey
from harness.reference.application import DependencyAway

__all__ = ["RateLimit"]


GUESTS = 40
"""Who has no scope may do nothing, and is told so this many times less often than others are served."""


class RateLimit:
    """A fixed window of one second. Fails open: better unlimited than away."""

    def __init__(self, valkey: Valkey, *, per_second: int) -> None:
        self._valkey = valkey
        self._per_second = per_second

    async def allows(self, subject: str, *, guest: bool = False) -> bool:
        """Count one request of `subject`; whether it is still within the limit, which is smaller for guests."""
        key = f"rate:{subject}:{int(time.time())}"
        try:
            count, _ = await self._valkey.ask(
                lambda client: client.pipeline(transaction=False).incr(key).expire(key, 2).execute()
            )
        except DependencyAway:
            return True
        return int(count) <= (max(1, self._per_second // GUESTS) if guest else self._per_second)
