"""A real Toxiproxy with small servers behind it, and promises that are kept in memory."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.errors import ToxiproxyError
from harness.faults import Canary, Injector, Probe, ToxiproxyClient, address_of
from harness.guard import Undo
from harness.model import Edge
from harness.stack import find_toxiproxy, free_ports

BODY = b"x" * 4000


class Upstream(socketserver.ThreadingTCPServer):
    """Answers HTTP with 4000 bytes, PostgreSQL's SSLRequest with N, Redis' PING and QUIT; floods whoever says FLOOD. With a context: in TLS."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128  # canaries come in eights, and a connection that finds no room is retried a second later

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.accepted = 0
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def verify_request(self, request: object, client_address: object) -> bool:
        """Count each connection."""
        self.accepted += 1
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Torn connections are what these tests are about."""


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while asked := self.request.recv(65536):
            if asked.startswith(b"GET"):
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
            elif asked.startswith(b"PING"):
                self.request.sendall(b"+PONG\r\n+OK\r\n" if b"QUIT" in asked else b"+PONG\r\n")
            elif asked.startswith(b"\0\0\0\x08"):
                self.request.sendall(b"N")
            while asked.startswith(b"FLOOD"):
                self.request.sendall(b"x" * 65536)
            if b"QUIT" in asked or b"Connection: close" in asked:
                return


@dataclass
class Promised:
    undo: Undo
    lease_s: float | None
    done: bool = False

    def kept(self) -> None:
        self.done = True


@dataclass
class Promises:
    """Remembers; does nothing by itself."""

    made: list[Promised] = field(default_factory=list)

    def promise(self, undo: Undo, *, lease_s: float | None = None) -> Promised:
        self.made.append(Promised(undo, lease_s))
        return self.made[-1]

    @property
    def open(self) -> list[Undo]:
        return [one.undo for one in self.made if not one.done]


@dataclass
class Server:
    """One toxiproxy-server on a port of its own, with proxies `http`, `redis`, `postgres` and `raw` before one upstream."""

    program: Path
    port: int
    listens: dict[str, str]
    upstream: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.program, "-port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with ToxiproxyClient(self.url) as client:
            end = time.monotonic() + 10
            while True:
                with contextlib.suppress(ToxiproxyError):
                    client.contents()
                    break
                assert time.monotonic() < end, "toxiproxy-server did not start"
                time.sleep(0.01)
            for name, listen in self.listens.items():
                client.create_proxy(name, listen=listen, upstream=self.upstream)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def toxiproxy_program() -> Path:
    return find_toxiproxy(os.environ, progress=lambda _: None)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server
        server.shutdown()


@pytest.fixture
def server(toxiproxy_program: Path, upstream: Upstream) -> Iterator[Server]:
    port, *ports = free_ports(5)
    names = ("http", "redis", "postgres", "raw")
    listens = {name: f"127.0.0.1:{each}" for name, each in zip(names, ports, strict=True)}
    one = Server(toxiproxy_program, port, listens, upstream.address)
    try:
        one.start()
        yield one
    finally:
        one.stop()


@pytest.fixture
def client(server: Server) -> Iterator[ToxiproxyClient]:
    with ToxiproxyClient(server.url) as one:
        yield one


@pytest.fixture
def promises() -> Promises:
    return Promises()


@pytest.fixture
def edges() -> dict[str, Edge]:
    return {
        "http": Edge(name="http", proxy="http", protocol="http"),
        "redis": Edge(name="redis", proxy="redis", protocol="redis"),
        "postgres": Edge(name="postgres", proxy="postgres", protocol="postgres"),
        "raw": Edge(name="raw", proxy="raw", protocol="tcp"),
    }


@pytest.fixture
def injector(client: ToxiproxyClient, promises: Promises, edges: dict[str, Edge]) -> Injector:
    return Injector(client, promises, edges, run_id="run1", owner="me@here", wall=time.time)


@pytest.fixture
def canary(server: Server, edges: dict[str, Edge]) -> Callable[[str], Canary]:
    def make(edge: str) -> Canary:
        host, port = address_of(server.listens[edge], server.url)
        return Canary(Probe(protocol=edges[edge].protocol, host=host, port=port))

    return make


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The URL of something that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
