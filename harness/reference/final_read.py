"""`python -m harness.reference.final_read`: what is true at the end, asked past the proxies, for the audit to hold against what clients were told."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

import asyncpg
import httpx
import redis.asyncio as redis
from redis.exceptions import RedisError

from harness.errors import EnvironmentFailed
from harness.reference.adapters.event_stream import STREAM
from harness.reference.ending import exit_with
from harness.reference.settings import Settings

__all__ = ["final_read"]

ASK_EVERY_S = 0.1
ANSWER_S = 10.0  # for each question
PAGE = 1000

_WAITING = """
SELECT (SELECT count(*) FROM orders WHERE status IN ('pending', 'charging')) + (SELECT count(*) FROM outbox)
"""
_COUNT = "SELECT count(*) FROM orders"
_ORDERS = "SELECT id, key, subject, item, quantity, amount, status FROM orders ORDER BY id"
_TRANSFERS = "SELECT id, key, amount FROM transfers ORDER BY id"
_ACCOUNTS = "SELECT sum(opening)::bigint AS opening_total, sum(balance)::bigint AS total FROM accounts"
_STOCK = (
    "SELECT sum(opening)::bigint AS opening, sum(available)::bigint AS available, sum(held)::bigint AS held FROM stocks"
)


def final_read(database_url: str, cache_url: str, payments_url: str, *, timeout_s: float = 20.0) -> dict[str, Any]:
    """Wait until every order is settled and every event published, or for `timeout_s` seconds, then read everything.

    `quiescent` says which of both it was. Orders, transfers, accounts and stock come from one snapshot; `held` is what all orders hold that
    are not cancelled, so `opening == available + held`. `charges[].order` names the order whatever key it was charged under; `events` may
    repeat. Raises EnvironmentFailed. Must not be called from within a running event loop.
    """
    try:
        return asyncio.run(_read(database_url, cache_url, payments_url, timeout_s))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError, httpx.HTTPError) as error:
        raise EnvironmentFailed(
            f"The final read failed: {type(error).__name__}: {error}",
            "See whether the stack still runs: harness status.",
        ) from error


async def _read(database_url: str, cache_url: str, payments_url: str, timeout_s: float) -> dict[str, Any]:
    """What a late request did while we read would make the parts contradict one another: then all is read again."""
    until = time.monotonic() + timeout_s
    connection = await asyncpg.connect(database_url, timeout=ANSWER_S, command_timeout=ANSWER_S, ssl=False)
    try:
        while True:
            state = await _read_once(connection, cache_url, payments_url, until)
            still = len(state["orders"]) == await connection.fetchval(_COUNT) and not await connection.fetchval(
                _WAITING
            )
            if still or time.monotonic() >= until:
                return {**state, "quiescent": still and state["quiescent"]}
    finally:
        await connection.close(timeout=ANSWER_S)


async def _read_once(connection: asyncpg.Connection, cache_url: str, payments_url: str, until: float) -> dict[str, Any]:
    quiescent = await _settled(connection, until)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        orders = [dict(row) for row in await connection.fetch(_ORDERS)]
        transfers = [dict(row) for row in await connection.fetch(_TRANSFERS)]
        accounts = dict(await connection.fetchrow(_ACCOUNTS))
        stock = dict(await connection.fetchrow(_STOCK))
    return {
        "quiescent": quiescent,
        "orders": orders,
        "charges": await _charges(payments_url),
        "transfers": transfers,
        "accounts": accounts,
        "stock": stock,
        "events": await _events(cache_url),
    }


async def _settled(connection: asyncpg.Connection, until: float) -> bool:
    while await connection.fetchval(_WAITING):
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(ASK_EVERY_S)
    return True


async def _charges(payments_url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: int | None = 0
    async with httpx.AsyncClient(base_url=payments_url, timeout=ANSWER_S, trust_env=False) as client:
        while cursor is not None:
            response = await client.get("/charges", params={"cursor": cursor, "limit": PAGE})
            page = response.raise_for_status().json()
            found += page["charges"]
            cursor = page["next"]
    return found


async def _events(cache_url: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    client: Any = redis.Redis.from_url(cache_url, decode_responses=True, socket_timeout=ANSWER_S, protocol=2)
    try:
        after = "-"
        while entries := await client.xrange(STREAM, min=after, count=PAGE):
            found += [{name: fields[name] for name in ("id", "type", "order", "key")} for _, fields in entries]
            after = f"({entries[-1][0]}"
    finally:
        await client.aclose()
    return found


if __name__ == "__main__":
    with exit_with():
        given = Settings.from_env(os.environ).demand("database_url", "cache_url", "payments_url")
        answer = final_read(given.database_url, given.cache_url, given.payments_url)
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
