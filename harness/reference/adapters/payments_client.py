"""The payments provider over HTTP. What isn't known is said to be unknown; retrying is the caller's, under the same key."""

from __future__ import annotations

import time

import httpx

from harness.reference.adapters.breaker import Breaker
from harness.reference.application import Charge, ChargeOutcome, DependencyAway

__all__ = ["TIMEOUT_S", "PaymentsClient"]

TIMEOUT_S = 0.5


class PaymentsClient:
    """The port Payments. `breaker` says how many charges may be asked for at the moment."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S, connections: int = 64) -> None:
        self.breaker = Breaker(clock=time.monotonic)
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(timeout_s),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,  # a proxy of the user's has no business between two services on loopback
        )

    async def charge(self, charge: Charge) -> ChargeOutcome:
        """Ask once."""
        try:
            response = await self._client.post(
                "/charges",
                json={"order": charge.order, "amount": charge.amount},
                headers={"Idempotency-Key": charge.key},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            self.breaker.failed()
            return ChargeOutcome.NOT_SENT
        except httpx.HTTPError:
            self.breaker.failed()
            return ChargeOutcome.UNKNOWN
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self.breaker.failed()
            return ChargeOutcome.UNKNOWN
        self.breaker.succeeded()
        match response.status_code:
            case 200 | 201:
                return ChargeOutcome.PAID
            case 402:
                return ChargeOutcome.DECLINED
            case status:
                raise RuntimeError(f"The payments provider refused charge {charge.key}: {status} {response.text[:200]}")

    async def ping(self) -> None:
        """Ask for a sign of life. Raises DependencyAway."""
        try:
            response = await self._client.get("/health/live")
        except httpx.HTTPError as error:
            raise DependencyAway("payments", f"{type(error).__name__}: {error}") from error
        if response.status_code != httpx.codes.OK:
            raise DependencyAway("payments", f"it answers {response.status_code}")

    async def close(self) -> None:
        """Give up all connections."""
        await self._client.aclose()
