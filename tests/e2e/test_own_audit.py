"""The audit of docs/your-service.md, as it stands there, on a service that keeps its orders and on one that loses and doubles some."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import ROOT, harness, runs

pytestmark = pytest.mark.e2e
PAGE = (ROOT / "docs/your-service.md").read_text()


def _shown(language: str, holds: str) -> str:
    (found,) = (one for one in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if holds in one)
    return found


@contextmanager
def service(place: Path, *, careless: bool) -> Iterator[int]:
    """Keeps orders under their keys. While the file `sick` is there it answers 503, when it has stored the order; a careless one then
    stores it anew for each request, or says 201 and stores nothing."""
    store = sqlite3.connect(place / "orders.db", check_same_thread=False, isolation_level=None)
    store.execute("CREATE TABLE orders (key TEXT)")
    one_at_a_time = threading.Lock()

    def order(key: str) -> int:
        sick = (place / "sick").exists()
        if sick and careless and int(key.rpartition("-")[2]) % 2:
            return 201
        known = store.execute("SELECT 1 FROM orders WHERE key = ?", (key,)).fetchone()
        if not known or (sick and careless):
            store.execute("INSERT INTO orders VALUES (?)", (key,))
        return 503 if sick else 201

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with one_at_a_time:
                status = order(self.headers["Idempotency-Key"])
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    store.close()


def run(place: Path, port: int) -> tuple[int, dict[str, Any]]:
    """Exit code and summary."""
    targets = _shown("yaml", "what-is-kept.py").replace("127.0.0.1:8080\n", f"127.0.0.1:{port}\n")
    (place / "harness.yaml").write_text(targets.replace("python3 ", f"{sys.executable} "))
    (place / "orders-kept.yaml").write_text(_shown("yaml", "audit: [effects-once]"))
    (place / "orders.py").write_text(_shown("python", "FastHttpUser"))
    (place / "what-is-kept.py").write_text(_shown("python", "sqlite3"))
    done = harness("run", "orders-kept.yaml", "--json", cwd=place).run()
    assert done.returncode in (0, 1, 2), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_service_that_keeps_its_orders_passes(tmp_path: Path) -> None:
    """Though the outage left some answers open; each order that was promised was looked at."""
    with service(tmp_path, careless=False) as port:
        code, summary = run(tmp_path, port)
    (audit,) = summary["audit"]
    assert (audit["check"], audit["verdict"]) == ("effects-once", "pass"), audit
    assert audit["checked"] == audit["evidence"]["promised"] > 30
    assert audit["evidence"]["recovered"] > 0
    assert code in (0, 2), summary["why"]  # 2: so busy a machine that the load's pace proves nothing


def test_a_service_that_loses_and_doubles_orders_fails(tmp_path: Path) -> None:
    """Each sort is a finding, led back to its request and to the outage."""
    with service(tmp_path, careless=True) as port:
        code, summary = run(tmp_path, port)
    assert code == 1
    (audit,) = summary["audit"]
    assert audit["verdict"] == "fail"
    found = {one["identity"]: one for one in summary["findings"] if one["source"] == "audit"}
    assert len(found) == 2
    messages = [one["message"] for one in found.values()]
    assert any("was promised to the client and is not there" in one for one in messages), messages
    assert any("times instead of once" in one for one in messages), messages
    for one in found.values():
        assert (one["operation"], one["stage"]) == ("/orders", "load"), one
    assert "sick" in {
        one["fault"] for one in (*found.values(), *audit["cases"])
    }  # not the first, where a fault takes its time
    case = audit["cases"][0]
    assert re.fullmatch(
        r"""curl -X POST "\$BASE/orders" .*-H 'Idempotency-Key: r\w+-\w+-\d+' --data-raw '.*'""", case["curl"]
    )
    assert any("asked for, told 503 (info)" in step for one in audit["cases"] for step in one["steps"])
    report = (runs(tmp_path)[-1] / "report.html").read_text()
    assert "effects-once" in report
    assert case["key"] in report
