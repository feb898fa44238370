"""Where a description is looked for when nobody says where it stands: one place after the other, within one time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.contract import fetch_description
from harness.errors import EnvironmentFailed
from harness.model import Target

pytestmark = pytest.mark.integration
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}


@contextmanager
def service(*, has: str = "", hangs: str = "") -> Iterator[tuple[Target, list[str]]]:
    """Has a description in one place, never answers in another, has nothing else; and the paths that it was asked for."""
    asked: list[str] = []
    over = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == hangs:
                over.wait(60)
                return
            text = json.dumps(DOCUMENT).encode()
            self.send_response(200 if self.path == has else 404)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET  # noqa: N815 - as the library calls it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield Target(name="t", url=f"http://127.0.0.1:{server.server_port}"), asked
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def test_nothing_more_is_asked_for_once_it_is_found() -> None:
    """Pages that might name a place are asked for only where every usual place had nothing."""
    with service(has="/swagger.json") as (target, asked):
        assert fetch_description(target).source.endswith("/swagger.json")
    assert asked == ["/openapi.json", "/openapi.yaml", "/swagger.json"]


def test_a_page_that_never_answers_uses_up_the_time_of_all() -> None:
    """Time-outs are not added up: the other pages are left out, and a person is told where it was looked for."""
    with (
        service(hangs="/docs") as (target, asked),
        pytest.raises(EnvironmentFailed, match="No description of `t` was found"),
    ):
        fetch_description(target, timeout_s=1.0)
    assert not {"/", "/redoc", "/swagger-ui/", "/swagger", "/apidocs/"} & set(asked)
