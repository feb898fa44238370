"""From the outbox to the stream, at least once."""

from __future__ import annotations

from harness.reference.application.ports import EventStream, Transactions

__all__ = ["publish_events"]


async def publish_events(transactions: Transactions, stream: EventStream, *, limit: int) -> int:
    """Publish up to `limit` waiting events, then forget them; the number of those. Raises DependencyAway: nothing was forgotten."""
    async with transactions.begin() as transaction:
        waiting = await transaction.outbox.take(limit)
        if waiting:
            await stream.publish(waiting)
            await transaction.outbox.drop([sequence for sequence, _ in waiting])
    return len(waiting)
