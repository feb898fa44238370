"""What Locust's examples ask of the services that they name, in one small server: an echo, a sign-in form, a shop's answers, XML-RPC."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from xmlrpc.client import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = '<form action="/sign-in"><input name="authenticity_token" type="hidden" value="a1b2"></form>'
_MISSING = ("/does_not_exist", "/error")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def _serve(self, body: bytes) -> None:
        where = urlsplit(self.path)
        args = dict(parse_qsl(where.query))
        if "xml" in self.headers.get("Content-Type", ""):
            self._say(200, dumps((42,), methodresponse=True), "text/xml")
        elif where.path in _MISSING:
            self._say(404, "not here", "text/plain")
        elif where.path == "/sign-in" and self.command == "POST":
            self._say(303, "", "text/html", Location="/welcome")
        elif where.path == "/sign-in":
            self._say(200, _FORM, "text/html")
        elif where.path == "/":
            self._say(200, "<title>Locust</title>", "text/html")
        elif where.path == "/response-headers":
            self._say(200, "{}", "application/json", **args)
        else:
            self._say(200, json.dumps(_answer(where.path, args, body)), "application/json")

    def _say(self, status: int, body: str, kind: str, **headers: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # many load processes come at once

    def handle_error(self, *_: Any) -> None:
        """A client that is gone is nobody's business."""


def _answer(path: str, args: dict[str, str], body: bytes) -> dict[str, Any]:
    try:
        data: Any = json.loads(body)
    except ValueError:
        data = body.decode()
    if path == "/authenticate":
        return {"message": f"Welcome {data['username']}!"}
    if path == "/checkout/confirm":
        return {"orderId": 42}
    if path == "/get":
        return {"args": {**args, **(data if isinstance(data, dict) else {})}}
    return {"data": data}


@contextmanager
def examples_server() -> Iterator[str]:
    """Its URL, as long as it runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
