"""A description with more operations than the engine can look at before it begins."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.contract import fuzz, parse_description
from harness.contract.slicing import PIECE
from harness.model import Fuzz, Target

pytestmark = pytest.mark.integration


class _Anything(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """An empty object, but one of the paths fails."""
        failed = self.path.startswith("/things7/")
        self.send_response(500 if failed else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def anything() -> Iterator[str]:
    """The URL of a service that answers whatever is read."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Anything)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("workers", [1, 2])
def test_all_operations_of_all_pieces_are_met_and_a_finding_is_sent_again(workers: int, tmp_path: Path) -> None:
    """Whether one process walks through the pieces or two share them."""
    number = {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}, "example": 1}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "large", "version": "1"},
        "paths": {
            f"/things{n}/{{n}}": {
                "get": {"operationId": f"read{n}", "parameters": [number], "responses": {"200": {"description": "ok"}}}
            }
            for n in range(PIECE + 10)
        },
    }
    with anything() as url:
        description = parse_description(json.dumps(document).encode(), source="large.json", target_url=url)
        plan = Fuzz(budget=200, phases=("examples",), workers=workers)
        result = fuzz(Target(name="large", url=url), plan, log_path=tmp_path / "log", description=description)
    assert len(result.tested) == len(result.selected) == PIECE + 10
    (error,) = [f for f in result.findings if f.level == "error"]
    assert (error.operation, error.tried, error.came_back) == ("read7", 3, 3)
