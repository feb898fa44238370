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
from tests.peak import weighed

pytestmark = pytest.mark.integration


class _Anything(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The document; else an empty object, but one of the paths fails."""
        failed = self.path.startswith("/things7/")
        body: bytes = self.server.document if self.path == "/openapi.json" else b"{}"  # type: ignore[attr-defined]
        self.send_response(500 if failed else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def anything(document: bytes = b"") -> Iterator[str]:
    """The URL of a service that answers whatever is read."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Anything)
    server.document = document  # type: ignore[attr-defined]
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


MOST_MIB = 1500


def test_ten_megabytes_of_operations_end_with_the_budget_in_bounded_memory(tmp_path: Path) -> None:
    """Eleven thousand operations, each with parameters and a schema of its own: what was not met is said, and it is no pass."""
    with anything(ten_megabytes()) as url:
        done = weighed("check", url, "--budget", "4s", "--phases", "coverage", "--json", cwd=tmp_path, timeout_s=100)
    told = json.loads(done.out)
    assert (told["verdict"], done.code) == ("unknown", 2)
    assert told["stopped_by"] in (
        "budget",
        "killed",
    )  # on a machine that is busy it may not hear of its budget before it is ended
    assert "budget" in told["why"]
    assert told["coverage"]["operations"] < 1
    assert len(told["never_seen"]) > 11_000
    assert done.peak_mib < MOST_MIB


def ten_megabytes() -> bytes:
    """Of a document."""
    about = "What it is good for, told at length. " * 9

    def operation(number: int) -> dict[str, object]:
        place = {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}
        limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50 + number}}
        fields = {f"field{n}": {"type": "string", "maxLength": 10 + n} for n in range(4)}
        content = {"application/json": {"schema": {"type": "object", "properties": fields}}}
        answers = {"200": {"description": about, "content": content}, "404": {"description": "none"}}
        return {"operationId": f"read{number}", "parameters": [place, limit], "responses": answers}

    paths = {f"/places{n}/{{n}}": {"get": operation(n)} for n in range(11_000)}
    raw = json.dumps({"openapi": "3.0.3", "info": {"title": "large", "version": "1"}, "paths": paths}).encode()
    assert len(raw) > 10_000_000
    return raw
