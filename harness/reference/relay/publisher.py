"""Publishes the outbox."""

from __future__ import annotations

import asyncio
import logging

from harness.reference.application import DependencyAway, EventStream, Transactions, publish_events
from harness.reference.relay.back_off import BackOff
from harness.reference.relay.metrics import RelayMetrics

__all__ = ["Publisher"]

log = logging.getLogger("harness.reference.relay")

BATCH = 200
IDLE_S = 0.1


class Publisher:
    """`stream` is the seam of the defect `lost-event`."""

    def __init__(self, transactions: Transactions, stream: EventStream, *, metrics: RelayMetrics) -> None:
        self._transactions = transactions
        self._stream = stream
        self._metrics = metrics

    async def run(self) -> None:
        """For ever. Outages are waited out; anything else ends it."""
        back_off = BackOff()
        while True:
            try:
                published = await publish_events(self._transactions, self._stream, limit=BATCH)
            except DependencyAway as away:
                log.warning("can't publish", extra={"why": str(away)})
                await asyncio.sleep(back_off.longer())
                continue
            back_off.reset()
            self._metrics.events.inc(published)
            if not published:
                await asyncio.sleep(IDLE_S)
