"""The same for requests (Locust's HttpUser): connection classes of urllib3 that tell their phases. Users see the adapters that they had.

Leans on urllib3 2: `PoolManager.pool_classes_by_scheme`, `ConnectionCls`, `HTTPConnection._new_conn`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from harness.model.phase import Phase

__all__ = ["time_session", "timed_pools"]


def timed_pools(note: Callable[[Phase, int], None]) -> dict[str, Any]:
    """Pool classes by scheme, whose connections tell `note` in the greenlet that sends. The first byte is taken for seen with the whole head."""

    class Timed:
        tcp_ns = 0

        def _new_conn(self) -> Any:
            begun = perf_counter_ns()
            sock = super()._new_conn()  # type: ignore[misc]  # of the connection class beside it
            self.tcp_ns = perf_counter_ns() - begun
            note(Phase.CONNECTING, self.tcp_ns)
            return sock

        def getresponse(self) -> Any:
            begun = perf_counter_ns()
            response = super().getresponse()  # type: ignore[misc]
            note(Phase.WAITING, perf_counter_ns() - begun)
            return response

    class Plain(Timed, HTTPConnection):
        pass

    class Secure(Timed, HTTPSConnection):
        def connect(self) -> None:
            begun = perf_counter_ns()
            super().connect()
            note(Phase.TLS, perf_counter_ns() - begun - self.tcp_ns)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def time_session(session: Any, pools: dict[str, Any]) -> None:
    """From now on the session's new pools are these. A manager that users share is set once."""
    for adapter in session.adapters.values():
        manager = getattr(adapter, "poolmanager", None)
        if manager is not None:
            manager.pool_classes_by_scheme = pools
