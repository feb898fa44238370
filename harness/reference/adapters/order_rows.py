"""Orders in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.reference.adapters.tables import orders
from harness.reference.domain import Order, OrderStatus

__all__ = ["OrderRows"]

_ADD = insert(orders)
_READ = select(orders).where(orders.c.id == bindparam("order"))
_LOCK = _READ.with_for_update()
_PAGE = (
    select(orders)
    .where(orders.c.subject == bindparam("of"), orders.c.id < bindparam("before"))
    .order_by(orders.c.id.desc())
    .limit(bindparam("most"))
)
# Literal statuses, so that the planner may use the partial index.
_DUE = (
    select(orders)
    .where(orders.c.status.in_(("pending", "charging")), orders.c.due_at <= bindparam("now"))
    .order_by(orders.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_WAITING = select(func.count()).select_from(orders).where(orders.c.status.in_(("pending", "charging")))
_SAVE = (
    update(orders)
    .where(orders.c.id == bindparam("order"))
    .values(status=bindparam("to"), attempts=bindparam("tries"), due_at=bindparam("due"))
)


class OrderRows:
    """The port Orders."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, order: Order) -> None:
        """Store a new order."""
        await self._connection.execute(_ADD, asdict(order))

    async def save(self, order: Order) -> None:
        """Store what may change of an order: status, attempts, due time."""
        await self._connection.execute(_SAVE, _changes(order))

    async def save_all(self, orders: Sequence[Order]) -> None:
        """`save` for many, in one round trip."""
        if orders:
            await self._connection.execute(_SAVE, [_changes(order) for order in orders])

    async def read(self, order: str) -> Order | None:
        """The order as it is, or None."""
        row = (await self._connection.execute(_READ, {"order": order})).mappings().one_or_none()
        return _order(row) if row else None

    async def lock(self, order: str) -> Order | None:
        """The order, ours until the transaction ends, or None."""
        row = (await self._connection.execute(_LOCK, {"order": order})).mappings().one_or_none()
        return _order(row) if row else None

    async def page(self, subject: str, *, before: str, limit: int) -> Sequence[Order]:
        """At most `limit` orders of a customer, newest first, older than `before`."""
        rows = await self._connection.execute(_PAGE, {"of": subject, "before": before, "most": limit})
        return [_order(row) for row in rows.mappings()]

    async def lock_due(self, *, now: datetime, limit: int) -> Sequence[Order]:
        """At most `limit` orders that wait to be charged, longest due first, without those that others hold."""
        rows = await self._connection.execute(_DUE, {"now": now, "most": limit})
        return [_order(row) for row in rows.mappings()]

    async def waiting(self) -> int:
        """How many wait to be charged, or are being charged."""
        return int((await self._connection.execute(_WAITING)).scalar_one())


def _changes(order: Order) -> dict[str, object]:
    return {"order": order.id, "to": order.status, "tries": order.attempts, "due": order.due_at}


def _order(row: RowMapping) -> Order:
    columns: dict[str, Any] = {**row, "status": OrderStatus(row["status"])}
    return Order(**columns)
