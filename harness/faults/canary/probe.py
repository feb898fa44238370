"""One probe: connect afresh, say the least that the protocol answers, measure, leave. Bounded in time whatever the other side does."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.faults.canary.observation import Observation, Outcome
from harness.model.target import Protocol

__all__ = ["Probe", "probe"]

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL, "SSLRequest": one byte comes back, S or N
_MOST = 1 << 20  # a canary needs no more of an answer than 1 MiB
_STATUS = re.compile(rb"HTTP/\S+ (\d{3})")
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How to probe an edge: `host` and `port` to connect to, `path` for HTTP.

    With `leave`, the server is asked to close after its answer, so that its close can be watched. That hides a timeout that never
    closes: the server's own close comes through.
    """

    protocol: Protocol
    host: str
    port: int
    path: str = "/"
    leave: bool = False

    @property
    def question(self) -> bytes:
        """What is sent."""
        if self.protocol == "http":
            head = f"GET {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nUser-Agent: harness-canary\r\n"
            return (head + ("Connection: close\r\n\r\n" if self.leave else "\r\n")).encode()
        if self.protocol == "redis":
            return b"PING\r\nQUIT\r\n" if self.leave else b"PING\r\n"
        return _SSL_REQUEST if self.protocol == "postgres" else b""

    @property
    def watches_close(self) -> bool:
        """Whether the server will close by itself after its answer."""
        return self.leave and self.protocol in ("http", "redis")

    def is_whole(self, answer: bytes | bytearray) -> bool:
        """Whether the answer is complete."""
        if self.protocol == "postgres":
            return len(answer) >= 1
        if self.protocol == "redis":
            return answer.count(b"\r\n") >= (2 if self.leave else 1)
        head, end, body = answer.partition(b"\r\n\r\n")
        if not end:
            return False
        length = _LENGTH.search(head)
        return len(body) >= (int(length[1]) if length else 0)


def probe(about: Probe, patience_s: float, clock: Callable[[], float] = time.monotonic) -> Observation:
    """Ask once; at most about `patience_s` seconds."""
    start = clock()
    end = start + patience_s
    try:
        with socket.create_connection((about.host, about.port), timeout=patience_s) as connection:
            if not about.question:
                return Observation(outcome=Outcome.CONNECTED, seconds=clock() - start)
            # Toxics do not delay connecting, but a full queue of connections does: the answer is timed from here.
            return _listen(about, connection, clock(), end, clock)
    except OSError as error:
        return Observation(outcome=_outcome_of(error), seconds=clock() - start)


def _listen(
    about: Probe, connection: socket.socket, connected: float, end: float, clock: Callable[[], float]
) -> Observation:
    answer = bytearray()
    try:
        connection.sendall(about.question)
        while not about.is_whole(answer) and len(answer) < _MOST:
            left = end - clock()
            if left <= 0:
                return Observation(outcome=Outcome.SILENT, seconds=clock() - connected, size=len(answer))
            connection.settimeout(left)
            some = connection.recv(65536)
            if not some:
                return Observation(outcome=Outcome.CLOSED, seconds=clock() - connected, size=len(answer))
            answer += some
    except OSError as error:
        return Observation(outcome=_outcome_of(error), seconds=clock() - connected, size=len(answer))
    answered = clock()
    linger = _wait_for_close(connection, answered, end, clock) if about.watches_close else None
    status = _STATUS.match(answer) if about.protocol == "http" else None
    return Observation(
        outcome=Outcome.ANSWERED,
        seconds=answered - connected,
        size=len(answer),
        linger=linger,
        status=int(status[1]) if status else None,
    )


def _wait_for_close(connection: socket.socket, answered: float, end: float, clock: Callable[[], float]) -> float | None:
    """Seconds until the other side closed; at least the time waited, where patience ended first."""
    try:
        while (left := end - clock()) > 0:
            connection.settimeout(left)
            if not connection.recv(65536):
                break
    except OSError:
        pass  # a reset ends a connection too
    return clock() - answered


def _outcome_of(error: OSError) -> Outcome:
    if isinstance(error, TimeoutError):
        return Outcome.SILENT
    if isinstance(error, ConnectionRefusedError):
        return Outcome.REFUSED
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return Outcome.RESET
    return Outcome.FAILED
