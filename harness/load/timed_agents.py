"""The same for geventhttpclient (Locust's FastHttpUser): clients that tell their phases. Sessions keep the agent and the pool that they had.

Leans on geventhttpclient 2.3: `HTTPClientPool.get_client`, `HTTPClient.request`; `get_socket`, `_connect_socket` and `_create_tcp_socket` of
`ConnectionPool`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import gevent.socket

from harness.model.phase import Phase

__all__ = ["time_agent"]

_TIMED = "_harness_timed"


def time_agent(session: Any, note: Callable[[Phase, int], None]) -> None:
    """From now on its clients tell `note` in the greenlet that sends. The first byte is taken for seen with the whole head; sending counts.

    A pool of clients that users share is set once.
    """
    pool = session.client.clientpool
    if hasattr(pool, _TIMED):
        return
    setattr(pool, _TIMED, True)
    plain = pool.get_client

    def get_client(url: Any) -> Any:
        client = plain(url)
        if not hasattr(client, _TIMED):
            setattr(client, _TIMED, True)
            _time(client, note)
        return client

    pool.get_client = get_client


def _time(client: Any, note: Callable[[Phase, int], None]) -> None:
    """`getting` is how long each request under way took to get its connection: a client may be asked by several greenlets at once."""
    connections = client._connection_pool  # noqa: SLF001
    get_socket, request, connect = connections.get_socket, client.request, connections._connect_socket  # noqa: SLF001
    getting: dict[Any, int] = {}

    def timed_get_socket() -> Any:
        begun = perf_counter_ns()
        try:
            return get_socket()
        finally:
            me = gevent.getcurrent()
            getting[me] = getting.get(me, 0) + perf_counter_ns() - begun

    def timed_request(*args: Any, **options: Any) -> Any:
        begun = perf_counter_ns()
        try:
            answer = request(*args, **options)
            note(Phase.WAITING, perf_counter_ns() - begun - getting.get(gevent.getcurrent(), 0))
            return answer
        finally:
            getting.pop(gevent.getcurrent(), None)

    def timed_connect(sock: Any, address: Any) -> Any:
        begun = perf_counter_ns()
        made = connect(sock, address)
        took = perf_counter_ns() - begun
        tcp = sock.tcp_ns
        note(Phase.CONNECTING, tcp)
        if client.ssl:
            note(Phase.TLS, took - tcp)
        return made

    connections.get_socket = timed_get_socket
    connections._connect_socket = timed_connect  # noqa: SLF001
    connections._create_tcp_socket = _TimedSocket  # noqa: SLF001
    client.request = timed_request


class _TimedSocket(gevent.socket.socket):  # type: ignore[misc] # gevent has no types
    """Knows how long it took to connect, ns."""

    tcp_ns = 0

    def connect(self, address: Any) -> None:
        begun = perf_counter_ns()
        super().connect(address)
        self.tcp_ns = perf_counter_ns() - begun
