"""Charging orders: claimed in one transaction, charged outside of any, settled in another.

A relay that dies in between leaves a claim that lapses; the next one asks again under the same key, and the provider answers what it
answered before. So each order is charged once, though it may be asked for many times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from harness.reference.application.ids import IdSource
from harness.reference.application.ports import Charge, ChargeOutcome, Payments, Transactions
from harness.reference.domain import EventType, Order, OrderStatus

__all__ = ["Charging", "charge_order", "claim_due"]

LEASE = timedelta(seconds=4)  # longer than the charge's time-out and the settling transaction together
FIRST_RETRY = timedelta(milliseconds=100)
LONGEST_RETRY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """A claimed order. `fresh` says that nobody ever sent a charge for it before this claim."""

    order: Order
    fresh: bool


def retry_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 0.1 s, doubling, at most 1 s."""
    return min(FIRST_RETRY * (1 << min(max(attempts - 1, 0), 8)), LONGEST_RETRY)


async def claim_due(transactions: Transactions, *, ids: IdSource, limit: int) -> list[Charging]:
    """At most `limit` orders that are due, now ours until the lease ends."""
    now = ids.now()
    async with transactions.begin() as transaction:
        due = await transaction.orders.lock_due(now=now, limit=limit)
        claimed = [
            Charging(order=order.claim(until=now + LEASE), fresh=order.status is OrderStatus.PENDING) for order in due
        ]
        await transaction.orders.save_all([charging.order for charging in claimed])
    return claimed


async def charge_order(
    charging: Charging,
    transactions: Transactions,
    payments: Payments,
    *,
    ids: IdSource,
    key: Callable[[Order], str],
) -> ChargeOutcome:
    """Ask for the charge and write down what came of it. `key` names the key to charge under. Raises DependencyAway (database)."""
    order = charging.order
    outcome = await payments.charge(Charge(key=key(order), order=order.id, amount=order.amount))
    async with transactions.begin() as transaction:
        current = await transaction.orders.lock(order.id)
        if current is None or current.settled:
            return outcome  # our claim had lapsed, and whoever took it over was faster
        match outcome:
            case ChargeOutcome.PAID:
                after = current.pay()
                await transaction.outbox.add(ids.event(EventType.PAID, after))
            case ChargeOutcome.DECLINED:
                after = current.decline()
                await transaction.outbox.add(ids.event(EventType.CANCELLED, after))
                await transaction.stocks.give_back(after.item, after.quantity)
            case ChargeOutcome.NOT_SENT if charging.fresh and current.attempts == order.attempts:
                after = current.release(at=ids.now() + retry_after(order.attempts))
            case _:
                after = current.retry(at=ids.now() + retry_after(order.attempts))
        await transaction.orders.save(after)
    return outcome
