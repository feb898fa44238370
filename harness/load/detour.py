"""Load that goes through an edge before the target, as `curl --connect-to` leads it: URL, Host, SNI and certificate stay the target's.

Whatever client a locustfile has, it asks `getaddrinfo` where a host and port are; for the target's the answer is the edge.
"""

from __future__ import annotations

import socket
from typing import Any

import gevent.socket

from harness.model.detour import Detour

__all__ = ["lead", "led"]

_ways: dict[tuple[str, int], tuple[str, int]] = {}


def lead(detour: Detour) -> None:
    """From now on connections of this process go there. For good: a load process has one target."""
    _ways[detour.host.lower(), detour.port] = detour.by_host, detour.by_port
    inner = gevent.socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return inner(*led(host, port), *args, **kwargs)

    gevent.socket.getaddrinfo = socket.getaddrinfo = getaddrinfo


def led(host: Any, port: Any) -> tuple[Any, Any]:
    """Where a connection to that host and port really goes."""
    if not _ways or host is None or port is None:
        return host, port
    name = host.decode("latin-1") if isinstance(host, bytes) else str(host)
    try:
        return _ways.get((name.lower(), int(port)), (host, port))
    except ValueError:  # the name of a service
        return host, port
