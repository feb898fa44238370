"""Postgres: a pool whose every transaction is over within a known time, and that trusts no connection from before an outage.

Cancelling a query politely takes a second connection and an answer, which is what a hurt network doesn't give. So a transaction that
is late has its socket aborted by a timer: the query in flight fails at once, and Postgres rolls back when it sees the end of file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, exc, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from harness.reference.adapters.closed_transport import wrote_to_closed_transport
from harness.reference.adapters.transaction import PostgresTransaction
from harness.reference.application import DependencyAway

__all__ = ["Database", "engine_url"]

DEADLINE_S = 3.0  # of a whole transaction; a client waits no longer than this and the two below
CONNECT_S = 1.0
POOL_WAIT_S = 0.5
POOL_SIZE = 10
STATEMENT_MS = 2500
IDLE_IN_TRANSACTION_MS = 3500  # locks of a client that went silent are freed by then

# SQLSTATE classes that speak of the server's or the network's state, not of a mistake of ours
# (https://www.postgresql.org/docs/18/errcodes-appendix.html).
AWAY_CLASSES = ("08", "53", "57", "58", "40")
AWAY_CODES = ("55P03", "25P03")  # lock not available; idle-in-transaction time-out


def engine_url(database_url: str) -> str:
    """The URL with SQLAlchemy's driver in it."""
    return database_url.replace("postgresql://", "postgresql+asyncpg://", 1)


class Database:
    """Transactions on one Postgres."""

    def __init__(
        self, url: str, *, application: str, pool_size: int = POOL_SIZE, deadline_s: float = DEADLINE_S
    ) -> None:
        self._deadline_s = deadline_s
        self._suspect_before = 0.0
        self._engine: AsyncEngine = create_async_engine(
            engine_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=POOL_WAIT_S,
            connect_args={
                "timeout": CONNECT_S,
                "command_timeout": deadline_s,
                "ssl": False,
                "server_settings": {
                    "application_name": application,
                    "statement_timeout": str(STATEMENT_MS),
                    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                    "jit": "off",
                },
            },
        )
        event.listen(self._engine.sync_engine, "connect", _note_birth)
        event.listen(self._engine.sync_engine, "checkout", self._refuse_suspects)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        """A transaction, committed at the end of the block. Raises DependencyAway when Postgres fails, refuses or is too slow."""
        async with self._connection() as connection:
            yield PostgresTransaction(connection)

    async def ping(self) -> None:
        """Ask Postgres for a sign of life. Raises DependencyAway."""
        async with self._connection() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give up all connections, without waiting for an answer that may not come."""
        try:
            async with asyncio.timeout(1.0):
                await self._engine.dispose()
        except TimeoutError:
            return  # the process ends now, and its sockets with it

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                raw: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
                alarm = asyncio.get_running_loop().call_later(self._deadline_s, self._abort, raw)
                try:
                    async with connection.begin():
                        yield connection
                finally:
                    alarm.cancel()
        except exc.TimeoutError as error:
            raise DependencyAway("database", "no connection was free in time") from error
        except (
            exc.DBAPIError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            OSError,
            TimeoutError,
            RuntimeError,
        ) as error:
            if not _speaks_of_an_outage(error):
                raise
            self._suspect_before = time.monotonic()
            raise DependencyAway("database", _first_line(error)) from error

    def _abort(self, raw: asyncpg.Connection) -> None:
        self._suspect_before = time.monotonic()
        raw.terminate()

    def _refuse_suspects(self, dbapi_connection: Any, record: Any, _proxy: Any) -> None:
        """SQLAlchemy's own ping would cost three round trips; whether the socket was closed is known without any."""
        if dbapi_connection.driver_connection.is_closed() or record.info["born"] <= self._suspect_before:
            raise exc.InvalidatePoolError


def _note_birth(_dbapi_connection: Any, record: Any) -> None:
    record.info["born"] = time.monotonic()


def _speaks_of_an_outage(error: BaseException) -> bool:
    if isinstance(error, RuntimeError):
        return wrote_to_closed_transport(error)
    if isinstance(error, exc.DBAPIError):
        if error.connection_invalidated or isinstance(error, exc.InterfaceError):
            return True
        return _speaks_of_an_outage(error.orig) if error.orig else False
    if isinstance(error, (OSError, TimeoutError, asyncpg.InterfaceError)):
        return True
    state = str(getattr(error, "sqlstate", None) or "")
    if state:
        return state.startswith(AWAY_CLASSES) or state in AWAY_CODES
    # asyncpg's own translation layer: an error without a SQLSTATE did not come from the server.
    cause = error.__cause__
    return cause is None or _speaks_of_an_outage(cause)


def _first_line(error: BaseException) -> str:
    cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
