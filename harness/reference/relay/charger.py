"""Charges due orders, several at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from harness.reference.adapters import PaymentsClient
from harness.reference.application import Charging, DependencyAway, IdSource, Transactions, charge_order, claim_due
from harness.reference.domain import Order
from harness.reference.relay.back_off import BackOff
from harness.reference.relay.metrics import RelayMetrics

__all__ = ["Charger"]

log = logging.getLogger("harness.reference.relay")

CONCURRENT = 16  # charges under way at once
IDLE_S = 0.1  # between two looks when nothing was due: an idle relay costs the load beside it little


class Charger:
    """`key` names the key that an order is charged under, the seam of the defect `double-charge`."""

    def __init__(
        self,
        transactions: Transactions,
        payments: PaymentsClient,
        *,
        ids: IdSource,
        key: Callable[[Order], str],
        metrics: RelayMetrics,
    ) -> None:
        self._transactions = transactions
        self._payments = payments
        self._ids = ids
        self._key = key
        self._metrics = metrics

    async def run(self) -> None:
        """For ever. Outages are waited out; anything else ends it."""
        back_off = BackOff()
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                if len(under_way) >= CONCURRENT:
                    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    continue
                try:
                    claimed = await self._claim(CONCURRENT - len(under_way))
                except DependencyAway as away:
                    log.warning("can't claim orders", extra={"why": str(away)})
                    await asyncio.sleep(back_off.longer())
                    continue
                back_off.reset()
                for charging in claimed:
                    task = group.create_task(self._charge(charging))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                if not claimed:
                    await asyncio.sleep(IDLE_S)

    async def _claim(self, free: int) -> list[Charging]:
        """At most `free` orders, fewer when the breaker says so."""
        admitted = self._payments.breaker.admit(free)
        return await claim_due(self._transactions, ids=self._ids, limit=admitted) if admitted else []

    async def _charge(self, charging: Charging) -> None:
        try:
            outcome = await charge_order(charging, self._transactions, self._payments, ids=self._ids, key=self._key)
        except DependencyAway as away:
            # The claim lapses, and the order is asked for again under the same key.
            log.warning("can't settle an order", extra={"order": charging.order.id, "why": str(away)})
            self._metrics.charges.labels("unsettled").inc()
            return
        self._metrics.charges.labels(outcome.value).inc()
        log.info(
            "charged", extra={"order": charging.order.id, "outcome": outcome.value, "attempt": charging.order.attempts}
        )
