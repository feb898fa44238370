"""A connection that tells how long it took to connect, to shake hands, and to get the first byte of each answer."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from harness.load.fast.connection import Connection
from harness.load.fast.prepared import Origin
from harness.model.phase import Phase

__all__ = ["TimedConnection"]


class TimedConnection(Connection):
    """As Connection; `note` hears of each phase in the greenlet that sends."""

    def __init__(
        self, note: Callable[[Phase, int], None], origin: Origin, context: ssl.SSLContext | None, deadline: float
    ) -> None:
        self._note = note
        self._sent_ns = 0
        super().__init__(origin, context, deadline)

    def _opened(self, origin: Origin, deadline: float) -> Any:
        begun = perf_counter_ns()
        sock = super()._opened(origin, deadline)
        self._note(Phase.CONNECTING, perf_counter_ns() - begun)
        return sock

    def _secured(self, sock: Any, context: ssl.SSLContext, origin: Origin, deadline: float) -> Any:
        begun = perf_counter_ns()
        secured = super()._secured(sock, context, origin, deadline)
        self._note(Phase.TLS, perf_counter_ns() - begun)
        return secured

    def _write(self, wire: bytes) -> None:
        super()._write(wire)
        self._sent_ns = perf_counter_ns()

    def _receive(self) -> bytes:
        data = super()._receive()
        if self._sent_ns:
            if data:
                self._note(Phase.WAITING, perf_counter_ns() - self._sent_ns)
            self._sent_ns = 0
        return data
