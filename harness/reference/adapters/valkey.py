"""Valkey, with short time-outs and a breaker, so that its absence costs a request nothing after the first few."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from harness.reference.adapters.breaker import Breaker
from harness.reference.adapters.closed_transport import wrote_to_closed_transport
from harness.reference.application import DependencyAway

__all__ = ["Valkey"]

log = logging.getLogger("harness.reference.valkey")

T = TypeVar("T")


class Valkey:
    """One Valkey. `timeout_s` bounds connecting and each answer."""

    def __init__(self, url: str, *, timeout_s: float, rest_s: float = 0.5) -> None:
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            max_connections=256,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # no HELLO round trip, and no push messages that a cut connection could leave half read
            driver_info=None,  # no CLIENT SETINFO round trips either
        )
        self._breaker = Breaker(clock=time.monotonic, threshold=3, rest_s=rest_s)

    async def ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        """The answer to `question(client)`. Raises DependencyAway, at once while the breaker is open."""
        if not self._breaker.admit():
            raise DependencyAway("cache", "it failed a moment ago")
        try:
            answer = await question(self._client)
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not wrote_to_closed_transport(error):
                raise
            self._breaker.failed()
            log.warning("valkey away", extra={"why": f"{type(error).__name__}: {error}"})
            raise DependencyAway("cache", f"{type(error).__name__}: {error}") from error
        self._breaker.succeeded()
        return answer

    async def ping(self) -> None:
        """Ask for a sign of life. Raises DependencyAway."""
        await self.ask(lambda client: client.ping())

    async def close(self) -> None:
        """Give up all connections."""
        await self._client.aclose()
