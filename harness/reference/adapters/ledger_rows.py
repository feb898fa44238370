"""Accounts and transfers in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.reference.adapters.tables import accounts, transfers
from harness.reference.domain import Account, Transfer

__all__ = ["AccountRows", "TransferRows"]

_READ = select(accounts).where(accounts.c.id == bindparam("account"))
_PAGE = select(accounts).where(accounts.c.id > bindparam("after")).order_by(accounts.c.id).limit(bindparam("most"))
_LOCK = (
    select(accounts)
    .where(accounts.c.id.in_(bindparam("names", expanding=True)))
    .order_by(accounts.c.id)
    .with_for_update()
)
_SAVE = update(accounts).where(accounts.c.id == bindparam("account")).values(balance=bindparam("to"))
_TRANSFER = select(transfers).where(transfers.c.id == bindparam("transfer"))
_ADD = insert(transfers)


class AccountRows:
    """The port Accounts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(self, account: str) -> Account | None:
        """The account, or None."""
        row = (await self._connection.execute(_READ, {"account": account})).one_or_none()
        return _account(row) if row else None

    async def page(self, *, after: str, limit: int) -> Sequence[Account]:
        """At most `limit` accounts by id, past `after`."""
        rows = await self._connection.execute(_PAGE, {"after": after, "most": limit})
        return [_account(row) for row in rows]

    async def lock(self, *names: str) -> dict[str, Account]:
        """Those of the named accounts that exist, ours until the transaction ends."""
        rows = await self._connection.execute(_LOCK, {"names": sorted(set(names))})
        return {row.id: _account(row) for row in rows}

    async def save(self, *changed: Account) -> None:
        """Store balances."""
        await self._connection.execute(_SAVE, [{"account": one.id, "to": one.balance} for one in changed])


class TransferRows:
    """The port Transfers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, transfer: Transfer) -> None:
        """Store a new transfer."""
        await self._connection.execute(_ADD, asdict(transfer))

    async def read(self, transfer: str) -> Transfer | None:
        """The transfer, or None."""
        row = (await self._connection.execute(_TRANSFER, {"transfer": transfer})).mappings().one_or_none()
        return Transfer(**row) if row else None


def _account(row: Row[Any]) -> Account:
    return Account(id=row.id, opening=row.opening, balance=row.balance)
