"""A small Prometheus beside the user's service: its one number and its one alert tell whether the service can be reached."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.e2e.foreign import Foreign


@contextmanager
def prometheus_of(foreign: Foreign) -> Iterator[str]:
    """Its URL. While the proxy `api` is down any query gives 900 instead of 3, and the alert HighErrors fires."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            text = json.dumps({"status": "success", "data": _data(self.path, well=foreign.enabled())}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _data(path: str, *, well: bool) -> dict[str, object]:
    if path.startswith("/api/v1/alerts"):
        alert = {"labels": {"alertname": "HighErrors"}, "state": "firing", "value": "1e+00"}
        return {"alerts": [] if well else [alert]}
    return {"resultType": "vector", "result": [{"metric": {}, "value": [1, "3" if well else "900"]}]}
