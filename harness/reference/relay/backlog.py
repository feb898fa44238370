"""Looks at what waits for the relay, so that others can see it grow and shrink."""

from __future__ import annotations

import asyncio
from math import nan

from harness.reference.application import DependencyAway, Transactions
from harness.reference.relay.metrics import RelayMetrics

__all__ = ["Backlog"]

EVERY_S = 0.25


class Backlog:
    """Counts in the database, since other processes add to it."""

    def __init__(self, transactions: Transactions, *, metrics: RelayMetrics) -> None:
        self._transactions = transactions
        self._metrics = metrics

    async def run(self) -> None:
        """For ever. An outage makes both unknown: an old number would look like calm."""
        while True:
            try:
                async with self._transactions.begin() as transaction:
                    self._metrics.pending.set(await transaction.orders.waiting())
                    self._metrics.outbox.set(await transaction.outbox.waiting())
            except DependencyAway:
                self._metrics.pending.set(nan)
                self._metrics.outbox.set(nan)
            await asyncio.sleep(EVERY_S)
