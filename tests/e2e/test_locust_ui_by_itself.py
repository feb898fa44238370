"""`harness ui --autostart --autoquit`, and with it a load that a description makes."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import harness, runs

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
ORDER = {"required": True, "content": {"application/json": {"schema": {"type": "object"}, "example": {"item": "cup"}}}}
READ = {"read": {"operationId": "read_order", "parameters": {"id": "$response.body#/id"}}}
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "place_order",
                "requestBody": ORDER,
                "responses": {"201": {"description": "placed", "links": READ}},
            }
        },
        "/orders/{id}": {
            "get": {"operationId": "read_order", "parameters": [ID], "responses": {"200": {"description": "it"}}}
        },
    },
}
DESCRIBED = """\
name: described
target: shop
load:
  from: openapi
  operations: [read_order]
  profile: {name: load, rate: 10/s, for: 1s}
"""


def summary_of(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary


@contextmanager
def shop() -> Iterator[tuple[int, list[tuple[str, str, int]]]]:
    """Numbers its orders, and knows no others; its port, and what was asked for with which answer."""
    numbers, placed, asked = itertools.count(1), set[str](), list[tuple[str, str, int]]()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            item = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["item"]
            placed.add(number := str(next(numbers)))
            self._say(201, {"id": number}, item)

        def do_GET(self) -> None:
            known = self.path.rpartition("/")[2] in placed
            self._say(200 if known else 404, {}, "")

        def _say(self, status: int, body: dict[str, str], item: str) -> None:
            asked.append((self.command, item, status))
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_a_test_begins_by_itself_and_ends_the_command_with_its_verdict(tmp_path: Path) -> None:
    """A load of the description: orders that are read were placed before, by its link. The page is there meanwhile, and nothing lives on."""
    (tmp_path / "shop.json").write_text(json.dumps(DESCRIPTION))
    (tmp_path / "described.yaml").write_text(DESCRIBED)
    with shop() as (port, asked):
        (tmp_path / "harness.yaml").write_text(
            f'targets: {{shop: {{url: "http://127.0.0.1:{port}", description: shop.json}}}}\n'
        )
        command = harness("ui", "described.yaml", "--autostart", "--autoquit", "0", "--port", "0", cwd=tmp_path)
        done = command.run()
        assert not command.ended()
    assert done.returncode in (0, 2), done.stderr  # 2: so busy a machine that the load's pace proves nothing
    assert "Locust UI    http://127.0.0.1:" in done.stdout
    (folder,) = runs(tmp_path)
    summary = summary_of(folder)
    assert (summary["verdict"], done.stdout.split()[3]) in (("pass", "PASS"), ("unknown", "UNKNOWN"))
    assert f"report: {folder.relative_to(tmp_path)}/report.html" in done.stdout
    assert summary["origin"]["by"] == "in the Locust UI by --autostart"
    assert {one["name"] for one in summary["operations"]} == {"place_order", "read_order"}
    assert summary["arrivals"]["ok"] == 10
    assert [one["verdict"] for one in summary["expectations"]] == ["pass"]
    assert {(command, item, status) for command, item, status in asked} == {("POST", "cup", 201), ("GET", "", 200)}
