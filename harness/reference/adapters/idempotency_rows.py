"""Idempotency keys in Postgres."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.reference.adapters.tables import idempotency_keys
from harness.reference.application import Answer, KeyUse

__all__ = ["KeyRows"]

_CLAIM = insert(idempotency_keys).on_conflict_do_nothing().returning(idempotency_keys.c.key)
_READ = select(idempotency_keys).where(
    idempotency_keys.c.operation == bindparam("of"), idempotency_keys.c.key == bindparam("named")
)


class KeyRows:
    """The port Keys. A twin request waits in the insert until the first one has committed or rolled back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, use: KeyUse, answer: Answer) -> tuple[str, Answer] | None:
        """None when the key is ours now; else the fingerprint and answer it stands for."""
        row = {
            "operation": use.operation,
            "key": use.key,
            "fingerprint": use.fingerprint,
            "status": answer.status,
            "location": answer.location,
            "body": answer.body,
        }
        if (await self._connection.execute(_CLAIM, row)).one_or_none():
            return None
        stored = (await self._connection.execute(_READ, {"of": use.operation, "named": use.key})).one()
        return stored.fingerprint, Answer(
            status=stored.status, location=stored.location, body=stored.body, replayed=True
        )
