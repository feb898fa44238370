"""A service and a Toxiproxy of the user's own: real ones, which a run must leave as it found them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from harness.stack import find_toxiproxy, free_ports
from tests.e2e.command import wait_for

SCENARIO = """\
name: foreign
target: mine
load:
  locustfile: mine.py
  profile: {name: load, rate: 50/s, for: 20s}
faults:
  - {name: slow, edge: api, latency: {delay: 100ms}, at: 2s, for: 15s}
"""
TARGETS = """\
targets:
  mine:
    url: http://127.0.0.1:%(front)d
    toxiproxy: %(toxiproxy)s
    edges: {api: {proxy: api, probe: http}}
"""
LOCUSTFILE = """\
from locust import FastHttpUser, task

class Mine(FastHttpUser):
    @task
    def look(self):
        self.client.get("/")
"""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@dataclass
class Foreign:
    """Where the user's Toxiproxy is, how it is started, and its process; and what the user made on it."""

    toxiproxy: str
    argv: Sequence[str]
    process: subprocess.Popen[bytes] = field(init=False)
    proxies: list[dict[str, object]] = field(default_factory=list)

    def start(self) -> None:
        """It answers when this is over, and has what the user made."""
        self.process = subprocess.Popen(self.argv, env={**os.environ, "LOG_LEVEL": "error"})
        assert wait_for(lambda: _answers(self.toxiproxy), 10)
        for proxy in self.proxies:
            httpx.post(f"{self.toxiproxy}/proxies", json=proxy).raise_for_status()

    def make(self, proxy: dict[str, object]) -> None:
        """A proxy, as its user does it."""
        httpx.post(f"{self.toxiproxy}/proxies", json=proxy).raise_for_status()
        self.proxies.append(proxy)

    def toxics(self) -> list[str]:
        """Names of the toxics on the proxy `api`."""
        return [toxic["name"] for toxic in httpx.get(f"{self.toxiproxy}/proxies/api/toxics").json()]

    def enabled(self) -> bool:
        """Whether the proxy `api` listens."""
        return bool(httpx.get(f"{self.toxiproxy}/proxies/api").json()["enabled"])

    def kill(self) -> None:
        """At once, whatever lies on it; it comes back by `start` alone."""
        self.process.kill()
        self.process.wait()

    def add_toxic(self, name: str) -> None:
        """One of the user's own."""
        about = {"name": name, "type": "latency", "attributes": {"latency": 1}}
        httpx.post(f"{self.toxiproxy}/proxies/api/toxics", json=about).raise_for_status()


@contextmanager
def toxiproxy() -> Iterator[Foreign]:
    """One of the user's own, without a proxy."""
    (control,) = free_ports(1)
    program = find_toxiproxy(os.environ, progress=sys.stderr.write)
    argv = (str(program), "-host", "127.0.0.1", "-port", str(control))
    foreign = Foreign(f"http://127.0.0.1:{control}", argv)
    try:
        foreign.start()
        yield foreign
    finally:
        foreign.process.terminate()
        foreign.process.wait()


@contextmanager
def foreign_target(place: Path) -> Iterator[Foreign]:
    """A service behind the user's own Toxiproxy, with `harness.yaml` and `foreign.yaml` in `place`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (front,) = free_ports(1)
    try:
        with toxiproxy() as foreign:
            listen, upstream = f"127.0.0.1:{front}", f"127.0.0.1:{server.server_port}"
            foreign.make({"name": "api", "listen": listen, "upstream": upstream, "enabled": True})
            (place / "harness.yaml").write_text(TARGETS % {"front": front, "toxiproxy": foreign.toxiproxy})
            (place / "foreign.yaml").write_text(SCENARIO)
            (place / "mine.py").write_text(LOCUSTFILE)
            yield foreign
    finally:
        server.shutdown()
        server.server_close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/proxies").status_code == 200
    except httpx.HTTPError:
        return False
