"""Items and stocks in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.reference.adapters.tables import items, stocks
from harness.reference.domain import Item, Stock, Unknown

__all__ = ["ItemRows", "StockRows"]

_READ = select(items).where(items.c.id == bindparam("item"))
_PAGE = select(items).where(items.c.id > bindparam("after")).order_by(items.c.id).limit(bindparam("most"))
_STOCK = select(stocks).where(stocks.c.item == bindparam("of")).with_for_update()
_HOLD = (
    update(stocks)
    .where(stocks.c.item == bindparam("of"), stocks.c.available >= bindparam("quantity"))
    .values(available=stocks.c.available - bindparam("quantity"), held=stocks.c.held + bindparam("quantity"))
    .returning(stocks)
)


class ItemRows:
    """The port Items."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(self, item: str) -> Item | None:
        """The item, or None."""
        row = (await self._connection.execute(_READ, {"item": item})).one_or_none()
        return _item(row) if row else None

    async def page(self, *, after: str, limit: int) -> Sequence[Item]:
        """At most `limit` items by id, past `after`."""
        rows = await self._connection.execute(_PAGE, {"after": after, "most": limit})
        return [_item(row) for row in rows]


class StockRows:
    """The port Stocks. One guarded statement, so that orders of one item wait for one commit and not for a round trip more."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, item: str, quantity: int) -> Stock:
        """Reserve. Raises OutOfStock, with what is left."""
        row = (await self._connection.execute(_HOLD, {"of": item, "quantity": quantity})).one_or_none()
        return _stock(row) if row else (await self._lock(item)).hold(quantity)

    async def give_back(self, item: str, quantity: int) -> Stock:
        """Return what an order held."""
        row = (await self._connection.execute(_HOLD, {"of": item, "quantity": -quantity})).one_or_none()
        return _stock(row) if row else (await self._lock(item)).give_back(quantity)

    async def _lock(self, item: str) -> Stock:
        row = (await self._connection.execute(_STOCK, {"of": item})).one_or_none()
        if row is None:
            raise Unknown("item", item)
        return _stock(row)


def _item(row: Row[Any]) -> Item:
    return Item(id=row.id, name=row.name, price=row.price)


def _stock(row: Row[Any]) -> Stock:
    return Stock(item=row.item, opening=row.opening, available=row.available, held=row.held)
