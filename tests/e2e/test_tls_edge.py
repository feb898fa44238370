"""A service that speaks TLS, behind an edge that the run makes: URL, Host, SNI and certificate stay the target's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.stack import free_ports
from tests.certificates import context_for
from tests.e2e.command import harness
from tests.e2e.foreign import toxiproxy

pytestmark = pytest.mark.e2e

TARGET = """
targets:
  mine:
    url: https://localhost:%(port)d
    tls: {ca: authority.pem}
    toxiproxy: %(toxiproxy)s
    edges: {front: {listen: 127.0.0.1:%(listen)d, upstream: localhost:%(port)d, probe: http}}
"""
SCENARIO = """
name: secured
target: mine
load:
  locustfile: mine.py
  profile: {name: load, rate: 30/s, for: 6s}
faults:
  - {name: slow, edge: front, latency: {delay: 400ms}, at: 1s, for: 3s}
expect: [errors <= 0%]
"""
LOCUSTFILE = """
from locust import FastHttpUser, HttpUser, task
from harness.load.fast import FastUser

class A(HttpUser):
    @task
    def look(self):
        self.client.get("/", name="HttpUser")

class B(FastHttpUser):
    @task
    def look(self):
        self.client.get("/", name="FastHttpUser")

class C(FastUser):
    @task
    def look(self):
        self.client.get("/", name="FastUser")
"""


@dataclass
class Service:
    """What it was asked as."""

    port: int
    hosts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


@pytest.fixture
def service(place: Path) -> Iterator[Service]:
    """On loopback, with a certificate for `localhost` by an authority in `place`."""
    known = Service(0)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known.hosts.add(self.headers["Host"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    def named(_: Any, name: str | None, __: Any) -> None:
        known.names.add(name or "")

    context = context_for("localhost", place / "authority.pem")
    context.sni_callback = named
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    known.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


def test_load_and_faults_go_through_an_edge_of_tls(place: Path, service: Service) -> None:
    """With each of Locust's clients and ours: the fault is seen by its canary and in what each measured; the proxy is gone afterwards."""
    (listen,) = free_ports(1)
    (place / "secured.yaml").write_text(SCENARIO)
    (place / "mine.py").write_text(LOCUSTFILE)
    with toxiproxy() as own:
        about = {"port": service.port, "toxiproxy": own.toxiproxy, "listen": listen}
        (place / "harness.yaml").write_text(TARGET % about)
        done = harness("run", "secured.yaml", "--json", cwd=place).run()
        left = httpx.get(f"{own.toxiproxy}/proxies").json()
    assert done.returncode in (0, 2), done.stderr  # 2: so busy a machine that the generator could not be trusted
    summary = json.loads(done.stdout)
    (fault,) = summary["faults"]
    assert (fault["in_force"], fault["healed"]) == (True, True), fault["evidence"]
    assert summary["overall"]["errors"] == 0
    slowest = {one["name"]: one["latency_ms"]["max"] for one in summary["operations"]}
    assert slowest.keys() == {"HttpUser", "FastHttpUser", "FastUser"}
    assert min(slowest.values()) >= 400
    assert service.hosts == {f"localhost:{service.port}"}
    assert service.names == {"localhost"}
    assert left == {}
