"""A small server of numbers and alerts, as a Prometheus, an Alertmanager and a service have them; and commands under a guard."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.experiment.spawning import GuardedSpawn
from harness.guard import Guard

METRICS = """\
# HELP jobs_waiting Jobs that wait.
# TYPE jobs_waiting gauge
jobs_waiting{queue="mail"} 7
jobs_waiting{queue="fax"} 2
temperature 21.5 1395066363000
broken NaN
"""


@dataclass
class Numbers:
    """What the server says. `alerts` maps names to states; `series` are the values of any query."""

    port: int = 0
    alerts: dict[str, str] = field(default_factory=dict)
    series: list[float] = field(default_factory=lambda: [42.0])
    asked: int = 0

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, path: str) -> tuple[int, str]:
        """Status and body."""
        self.asked += 1
        parts = urlsplit(path)
        if parts.path == "/api/v1/query":
            return self._query(parse_qs(parts.query)["query"][0])
        if parts.path == "/api/v1/alerts":
            rows = [{"labels": {"alertname": n}, "state": s, "value": "1e+00"} for n, s in self.alerts.items()]
            return 200, json.dumps({"status": "success", "data": {"alerts": rows}})
        if parts.path == "/api/v2/alerts":
            rows = [{"labels": {"alertname": n}, "status": {"state": s}} for n, s in self.alerts.items()]
            return 200, json.dumps(rows)
        return {
            "/metrics": (200, METRICS),
            "/number": (200, " 12.5\n"),
            "/json": (200, json.dumps({"queue": {"depth": [3, 4]}, "up": True, "name": "x"})),
            "/sick": (503, "7"),
        }.get(parts.path, (404, "no"))

    def _query(self, query: str) -> tuple[int, str]:
        if query == "time()":
            return 200, json.dumps({"status": "success", "data": {"resultType": "scalar", "result": [1, "5"]}})
        if query == "bad(":
            return 400, json.dumps({"status": "error", "errorType": "bad_data", "error": "parse error at char 4"})
        result = [{"metric": {"i": str(i)}, "value": [1, str(value)]} for i, value in enumerate(self.series)]
        return 200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    about = Numbers()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, text = about.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    about.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield about
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def spawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedSpawn]:
    with Guard.start(tmp_path_factory.mktemp("guard") / "journal.jsonl", name="test") as guard:
        yield GuardedSpawn(guard)
