"""One probe: connect afresh, say the least that the protocol answers, measure, leave. Bounded in time whatever the other side does."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.faults.canary.answer import Answer
from harness.faults.canary.observation import Observation, Outcome
from harness.model.target import Protocol

__all__ = ["Probe", "Tls", "probe"]

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL, "SSLRequest": one byte comes back, S or N
_LEAST_S = 0.001  # a time-out of zero would mean not to wait at all
_MOST = 1 << 20  # a canary needs no more of an answer than 1 MiB
_HTTP2_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # RFC 9113, 3.4, with empty SETTINGS
_FRAME_HEAD = 9  # a server answers with its own SETTINGS


@dataclass(frozen=True, slots=True)
class Tls:
    """Whose certificate is expected, and whether it is looked at: by the system's authorities, or by those in a file."""

    name: str
    verify: bool | str = True

    def wrap(self, connection: socket.socket, protocol: Protocol) -> ssl.SSLSocket:
        """The handshake, within the time-out of the connection. Raises OSError."""
        context = ssl.create_default_context(cafile=self.verify if isinstance(self.verify, str) else None)
        if self.verify is False:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2" if protocol == "grpc" else "http/1.1"])
        return context.wrap_socket(connection, server_hostname=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How to probe an edge: `host` and `port` to connect to, `path` for HTTP.

    With `leave`, the server is asked to close after its answer, so that its close can be watched. That hides a timeout that never
    closes: the server's own close comes through. `method`, `headers`, `body` and `authority` (whom HTTP asks for, where that is not who is
    connected to) are for HTTP, too. With `tls` the connection is one, and the answer is timed from the end of its handshake.
    """

    protocol: Protocol
    host: str
    port: int
    path: str = "/"
    leave: bool = False
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    authority: str = ""
    tls: Tls | None = None

    @property
    def question(self) -> bytes:
        """What is sent."""
        if self.protocol == "http":
            lines = [
                f"{self.method} {self.path} HTTP/1.1",
                f"Host: {self.authority or f'{self.host}:{self.port}'}",
                "User-Agent: harness-canary",
            ]
            lines += [f"{name}: {value}" for name, value in self.headers]
            lines += [f"Content-Length: {len(self.body)}"] if self.body else []
            lines += ["Connection: close"] if self.leave else []
            return "\r\n".join((*lines, "", "")).encode() + self.body
        if self.protocol == "grpc":
            return _HTTP2_HELLO
        if self.protocol == "redis":
            return b"PING\r\nQUIT\r\n" if self.leave else b"PING\r\n"
        return _SSL_REQUEST if self.protocol == "postgres" else b""

    @property
    def flights(self) -> int:
        """How often what slows an edge may do so before the answer is there: a handshake is one flight of the server's (RFC 8446, 2) or
        two (RFC 5246, 7.3)."""
        return 1 if self.tls is None else 3

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
        if self.protocol == "grpc":
            return len(answer) >= _FRAME_HEAD
        read = Answer.read(answer)
        return read is not None and (read.whole or self.method == "HEAD")


def probe(about: Probe, patience_s: float, clock: Callable[[], float] = time.monotonic) -> Observation:
    """Ask once; at most about `patience_s` seconds."""
    start = clock()
    end = start + patience_s
    try:
        with socket.create_connection((about.host, about.port), timeout=patience_s) as connection:
            if not about.question:
                return Observation(outcome=Outcome.CONNECTED, seconds=clock() - start)
            if about.tls is None:
                # Toxics do not delay connecting, but a full queue of connections does: the answer is timed from here.
                return _listen(about, connection, clock(), end, clock)
            connection.settimeout(max(_LEAST_S, end - clock()))
            with about.tls.wrap(connection, about.protocol) as secured:
                return _listen(about, secured, clock(), end, clock)
    except ssl.SSLEOFError:
        return Observation(outcome=Outcome.CLOSED, seconds=clock() - start)
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
    return Observation(
        outcome=Outcome.ANSWERED,
        seconds=answered - connected,
        size=len(answer),
        linger=linger,
        answer=Answer.read(answer) if about.protocol == "http" else None,
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
