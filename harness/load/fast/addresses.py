"""A connection to a host and port: without a thread where the host is an address, and with one look-up a second where it is a name.

gevent's `create_connection` asks its resolver for every connection, numbers included: ten threads that take 0.1 ms of processor time each. When a
target stands still for a moment, hundreds of connections are opened at once; most of their time went there, and the last of 2,000 was open
after 0.5 s instead of 0.02 s.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent.socket
from gevent import Greenlet, spawn

from harness.load.detour import led

__all__ = ["Names", "connected"]

_FRESH_S = 1.0  # a service that moves is followed that soon
_LEAST_S = 0.001  # a time-out of zero would mean not to wait at all


Addresses = list[tuple[int, tuple[Any, ...]]]
"""Families, and what `connect` of such a socket takes."""


class Names:
    """What names stand for, as of a second ago at most. `look_up` is a getaddrinfo that may wait."""

    def __init__(self, look_up: Callable[..., list[tuple[Any, ...]]] = gevent.socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._asked: dict[tuple[str, int], tuple[float, Greenlet[[str, int], Addresses | OSError]]] = {}

    def addresses(self, host: str, port: int, deadline: float) -> Addresses:
        """Those of the host; whoever wants to know while somebody asks waits for the same answer. Raises OSError."""
        now = perf_counter()
        known = self._asked.get((host, port))
        if known is None or (known[0] < now and known[1].ready()):
            known = self._asked[host, port] = now + _FRESH_S, spawn(self._ask, host, port)
        known[1].join(_left(deadline))
        if not known[1].ready():
            raise TimeoutError(f"nobody said in time what the name {host} stands for")
        found: Addresses | OSError = known[1].get()
        if isinstance(found, OSError):
            raise type(found)(*found.args)  # one for each: a traceback grows with every raise
        return found

    def _ask(self, host: str, port: int) -> Addresses | OSError:
        try:
            found = self._look_up(host, port, 0, socket.SOCK_STREAM)
        except OSError as error:
            return error
        except UnicodeError:  # from the encoding of names (RFC 3490)
            return socket.gaierror(socket.EAI_NONAME, f"{host!r} can be no host's name")
        return [(family, address) for family, _, _, _, address in found]


_NAMES = Names()


def connected(host: str, port: int, deadline: float, names: Names = _NAMES) -> Any:
    """A socket of gevent's, connected to the first of the host's addresses that answers by `deadline` on `perf_counter`.

    Raises OSError: gaierror for a name that nobody knows, TimeoutError, or what the last of its addresses said.
    """
    host, port = led(host, port)
    last: OSError | None = None
    for family, address in _literal(host, port) or names.addresses(host, port, deadline):
        sock = gevent.socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(_left(deadline))
            sock.connect(address)
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise last or OSError(f"the name {host} stands for no address")


def _literal(host: str, port: int) -> Addresses:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return [(family, (host, port))]
    return []


def _left(deadline: float) -> float:
    return max(_LEAST_S, deadline - perf_counter())
