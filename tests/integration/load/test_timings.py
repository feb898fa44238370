"""Connecting, TLS and the first byte, of real connections."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.model import Histogram, OpenStage, Phase, Profile
from tests.certificates import context_for

pytestmark = pytest.mark.integration
SOURCE = """
from locust import FastHttpUser, HttpUser, task
from harness.load.fast import FastUser
class Mine(%s):
    @task
    def both(self):
        self.client.get("/ok/1", name="ok")
        self.client.get("/slow/1", name="slow")
        self.client.get("/close/1", name="closed")
"""
KINDS = ["FastUser", "HttpUser", "FastHttpUser"]
SHORT = Profile((OpenStage(name="load", rate=4, duration=1),))


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Not on the screen."""


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes is no news."""


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[str]:
    """The URL of an HTTPS server that keeps connections."""
    context = context_for("127.0.0.1", tmp_path / "authority.pem")
    server = Quiet(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


def merged(result, operation: str, phase: Phase) -> Histogram:
    return Histogram.merged(one.took for one in result.timings if (one.operation, one.phase) == (operation, phase))


@pytest.mark.parametrize("kind", KINDS)
def test_phases_are_told_by_operation(bench, kind: str) -> None:
    """Each answer has a first byte, a closed connection none; connections are counted where they were opened; no TLS where there is none."""
    result = bench.run(SOURCE % kind, profile=SHORT, timings=True)
    counts: Counter[str] = Counter()
    for (operation, outcome), n in result.counts.items():
        counts[operation] += n if outcome == "ok" else 0
    assert counts["ok"]
    assert counts["slow"]
    for operation in ("ok", "slow"):
        assert merged(result, operation, Phase.WAITING).n == counts[operation]
    assert merged(result, "closed", Phase.WAITING).n == 0
    assert (merged(result, "slow", Phase.WAITING).quantile(0) or 0) > 0.25
    assert merged(result, "ok", Phase.CONNECTING).n >= 1
    assert {one.phase for one in result.timings} == {Phase.CONNECTING, Phase.WAITING}


@pytest.mark.parametrize("kind", KINDS)
def test_tls_is_told_apart_from_connecting(bench, secure: str, kind: str) -> None:
    """One handshake a connection, and a first byte for each request."""
    source = SOURCE.replace('        self.client.get("/slow/1", name="slow")\n', "") % kind
    result = bench.run(source, profile=SHORT, timings=True, host=secure, verify_tls=False)
    names = ("ok", "closed")
    opened = sum(merged(result, name, Phase.CONNECTING).n for name in names)
    assert opened >= 1
    assert sum(merged(result, name, Phase.TLS).n for name in names) == opened
    assert sum(merged(result, name, Phase.WAITING).n for name in names) == result.end.requests


def test_nothing_is_timed_unless_asked(bench) -> None:
    """The default."""
    assert bench.run(SOURCE % "FastUser", profile=SHORT).timings == []
