"""The repositories of one transaction."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from harness.reference.adapters.idempotency_rows import KeyRows
from harness.reference.adapters.ledger_rows import AccountRows, TransferRows
from harness.reference.adapters.order_rows import OrderRows
from harness.reference.adapters.outbox_rows import OutboxRows
from harness.reference.adapters.shop_rows import ItemRows, StockRows

__all__ = ["PostgresTransaction"]


class PostgresTransaction:
    """The port Transaction over one connection."""

    __slots__ = ("accounts", "items", "keys", "orders", "outbox", "stocks", "transfers")

    def __init__(self, connection: AsyncConnection) -> None:
        self.items = ItemRows(connection)
        self.stocks = StockRows(connection)
        self.orders = OrderRows(connection)
        self.accounts = AccountRows(connection)
        self.transfers = TransferRows(connection)
        self.outbox = OutboxRows(connection)
        self.keys = KeyRows(connection)
