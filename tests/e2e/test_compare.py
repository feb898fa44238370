"""`harness compare`, cut short: the rest is told by tests of runs that nobody ran."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.command import harness, wait_for

pytestmark = pytest.mark.e2e

SCENARIO = """\
name: two-versions
target: http://127.0.0.1:%d
load:
  requests: [GET /]
  profile: {name: load, rate: 20/s, for: 1s}
"""


class _Quick(BaseHTTPRequestHandler):
    """Answers at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Quick)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_comparison_that_is_interrupted_leaves_its_pairs(url: str, tmp_path: Path) -> None:
    """Ctrl-C in the second pair: exit 130, the first pair is in the document, which says that it was interrupted, and nothing runs on."""
    (tmp_path / "two.yaml").write_text(SCENARIO % int(url.rpartition(":")[2]))
    command = harness(
        "compare", "two.yaml", "--base", url, "--candidate", url.replace("127.0.0.1", "localhost"), cwd=tmp_path
    )
    process = command.start()

    def document() -> dict[str, object]:
        found = list((tmp_path / "reports" / "comparisons").glob("*/comparison.json"))
        return dict(json.loads(found[0].read_text())) if found else {}

    assert wait_for(lambda: bool(document().get("pairs")) or process.poll() is not None, 120)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    cut = document()
    assert (cut["status"], cut["verdict"]) == ("interrupted", "unknown")
    assert len(list((tmp_path / "reports" / "comparisons").glob("*/report.html"))) == 1
    assert not command.ended()
