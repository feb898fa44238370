"""The outbox in Postgres: an event waits here, in the transaction that caused it, until it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.reference.adapters.tables import outbox
from harness.reference.domain import Event, EventType

__all__ = ["OutboxRows"]

_ADD = insert(outbox).inline()
_TAKE = select(outbox).order_by(outbox.c.sequence).limit(bindparam("most")).with_for_update(skip_locked=True)
_COUNT = select(func.count()).select_from(outbox)
_DROP = delete(outbox).where(outbox.c.sequence.in_(bindparam("sequences", expanding=True)))


class OutboxRows:
    """The port Outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        """Let an event wait."""
        await self._connection.execute(_ADD, asdict(event))

    async def take(self, limit: int) -> Sequence[tuple[int, Event]]:
        """At most `limit` waiting events with their sequence numbers, oldest first; hidden from others until the transaction ends."""
        rows = await self._connection.execute(_TAKE, {"most": limit})
        return [
            (row.sequence, Event(id=row.id, type=EventType(row.type), order=row.order, key=row.key, at=row.at))
            for row in rows
        ]

    async def waiting(self) -> int:
        """How many wait to be published."""
        return int((await self._connection.execute(_COUNT)).scalar_one())

    async def drop(self, sequence_numbers: Sequence[int]) -> None:
        """Forget events that went out."""
        await self._connection.execute(_DROP, {"sequences": list(sequence_numbers)})
