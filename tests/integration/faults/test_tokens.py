"""A Toxiproxy that asks for a bearer token, as 2.13 can: the real 2.12 behind a door that asks as that one does.

2.13 cannot be had as a Go module where this was written; see docs/faults.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.errors import ToxiproxyError
from harness.faults import Injector, ToxiproxyClient, ls, parse
from harness.guard import Guard, read_journal
from harness.model import Anchor, Fault
from harness.ui.healing import heal_alone

pytestmark = pytest.mark.integration
TOKEN, VARIABLE = "t0ken-value-42", "CHAOS_TOKEN"


@pytest.fixture
def door(server: Any) -> Iterator[str]:
    """The URL at which the server is reached with the token only."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                behind = httpx.request(self.command, server.url + self.path, content=body)
                status, said = behind.status_code, behind.content
            else:
                status, said = 401, b'{"error":"unauthorized","status":401}\n'
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            if status != 204:
                self.wfile.write(said)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as front:
        front.daemon_threads = True
        threading.Thread(target=front.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{front.server_port}"
        front.shutdown()


def test_without_it_the_variable_is_named(door: str) -> None:
    """What to set, rather than a bare 401."""
    with ToxiproxyClient(door, token_env=VARIABLE) as client, pytest.raises(ToxiproxyError) as caught:
        client.contents()
    assert f"into {VARIABLE}" in caught.value.todo


def test_run_and_guard_send_it_and_never_write_it(
    door: str, client: ToxiproxyClient, edges: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard ends a fault at its lease behind the door; its journal and what it tells people name the variable only."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    slow = Fault(name="slow", edge="http", disturbance=parse("latency", {"delay": "100ms"}), at=Anchor(0), duration=0.2)
    with (
        Guard.start(tmp_path / "journal.jsonl", name="test") as guard,
        ToxiproxyClient(door, token=TOKEN, token_env=VARIABLE) as ours,
    ):
        injector = Injector(ours, guard, edges, run_id="r", owner="o", wall=time.time, margin_s=0.1)
        injector.apply(slow)
        end = time.monotonic() + 20
        while ls(client):
            assert time.monotonic() < end, "the guard did not end it"
            time.sleep(0.02)
        assert TOKEN not in guard.journal.read_text()
        assert f"${VARIABLE}" in read_journal(guard.journal).promises[0].undo.by_hand()
        assert not injector.heal("slow").found


def test_the_page_heals_behind_it_without_its_parent(door: str, client: ToxiproxyClient, injector: Injector) -> None:
    """With the token of the variable that it was told of; only on its target's edges; without the token it says what to set."""
    for edge in ("http", "redis"):
        slow = parse("latency", {"delay": "100ms"})
        injector.apply(Fault(name=f"slow-{edge}", edge=edge, disturbance=slow, at=Anchor(0), duration=30))
    about = {"toxiproxy": door, "token_env": VARIABLE, "edges": [{"name": "api", "proxy": "http"}]}
    assert f"into {VARIABLE}" in heal_alone(about, {})
    assert len(ls(client)) == 2
    assert heal_alone(about, {VARIABLE: TOKEN}) == f"Without it, 1 faults were taken from {door}."
    assert [one.proxy for one in ls(client)] == ["redis"]
