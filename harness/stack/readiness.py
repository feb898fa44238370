"""Asking a process whether it is ready. Each check returns None for yes, else why not yet."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from dataclasses import dataclass
from typing import Protocol

import psutil

from harness.stack.ports import LOOPBACK, PortTaken

__all__ = ["HttpReady", "PostgresReady", "ReadyCheck", "ToxiproxyReady", "ValkeyReady", "why_not_listening"]

_ASK_S = 2.0


class ReadyCheck(Protocol):
    """One question, answered within `_ASK_S` seconds."""

    def __call__(self) -> str | None:
        """None when ready, else why not yet."""


@dataclass(frozen=True, slots=True)
class HttpReady:
    """`GET path` answers 200."""

    port: int
    path: str

    def __call__(self) -> str | None:
        try:
            status, body = _get(self.port, self.path)
        except (OSError, http.client.HTTPException) as error:
            return f"GET {self.path}: {error or type(error).__name__}"
        return None if status == 200 else f"GET {self.path} says {status} {body[:200].decode(errors='replace')}"


@dataclass(frozen=True, slots=True)
class ToxiproxyReady:
    """Its API answers and every proxy of the configuration is enabled. It opens them before its API.

    Raises PortTaken for a proxy that is missing: it logs a port in use, and goes on without.
    """

    port: int
    proxies: frozenset[str]

    def __call__(self) -> str | None:
        try:
            status, body = _get(self.port, "/proxies")
        except (OSError, http.client.HTTPException) as error:
            return f"GET /proxies: {error or type(error).__name__}"
        if status != 200:
            return f"GET /proxies says {status}"
        up = {name for name, proxy in json.loads(body).items() if proxy["enabled"]}
        if missing := self.proxies - up:
            raise PortTaken(f"Toxiproxy could not open {', '.join(sorted(missing))}: address already in use.")
        return None


@dataclass(frozen=True, slots=True)
class PostgresReady:
    """A start-up message is answered by a demand for a password. While it recovers, it answers with an error instead."""

    port: int
    database: str = "postgres"

    def __call__(self) -> str | None:
        parameters = b"user\0postgres\0database\0" + self.database.encode() + b"\0\0"
        message = struct.pack("!II", 8 + len(parameters), 3 << 16) + parameters
        try:
            said = _exchange(self.port, message, 512)
        except OSError as error:
            return str(error) or type(error).__name__
        if said[:1] == b"R":
            return None
        return said[5:].replace(b"\0", b" ").decode(errors="replace") or "closed the connection"


@dataclass(frozen=True, slots=True)
class ValkeyReady:
    """PING is answered with PONG."""

    port: int

    def __call__(self) -> str | None:
        try:
            said = _exchange(self.port, b"PING\r\n", 128)
        except OSError as error:
            return str(error) or type(error).__name__
        return None if said.startswith(b"+PONG") else said.decode(errors="replace").strip() or "closed the connection"


def why_not_listening(pid: int, port: int) -> str | None:
    """None when this very process listens on `port`: without asking, a stranger on our port would pass for our service."""
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return "it is gone"
    except psutil.AccessDenied:
        return None  # a sandbox hides it; the protocol's own answer has to do
    listening = {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}
    return None if port in listening else f"does not listen on {port} yet"


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ASK_S)
    try:
        connection.request("GET", path, headers={"User-Agent": "api-harness"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _exchange(port: int, message: bytes, most: int) -> bytes:
    with socket.create_connection((LOOPBACK, port), timeout=_ASK_S) as connection:
        connection.sendall(message)
        return connection.recv(most)
