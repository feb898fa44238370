"""A provider as small as a provider can be: items in a dict, provider states by HTTP, both in one server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Provider:
    """`states` are what it was asked for, in order; `failing` names a state that it refuses."""

    def __init__(self) -> None:
        self.url = ""
        self.states: list[tuple[str, str]] = []
        self.failing = ""
        self.items: dict[str, Any] = {"kettle": {"id": "kettle", "price": 3900}}


@contextmanager
def provider() -> Iterator[Provider]:
    """Running, on a free port."""
    shop = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, document: Any) -> None:
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            item = shop.items.get(self.path.rpartition("/")[2])
            self._answer(200 if item else 404, item or {"detail": "none"})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            shop.states.append((asked["state"], asked.get("action", "setup")))
            refused = shop.failing and asked["state"] == shop.failing
            self._answer(400 if refused else 200, {"detail": "no stock"} if refused else {})

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
