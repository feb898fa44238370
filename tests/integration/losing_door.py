"""A door before a Toxiproxy's API that loses calls, or their answers: what a server that hangs does to who asks it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

__all__ = ["LosingDoor", "losing_door"]

A_TOXICS_DELETION = r"DELETE /proxies/[^/]+/toxics/.*"
A_PROXYS_DELETION = r"DELETE /proxies/[^/]+"
A_PROXYS_MAKING = r"POST /proxies"
AN_UPDATE = r"PATCH .*"


class LosingDoor(ThreadingHTTPServer):
    """`calls` are lost before they reach the server, of `answers` only the answer, of `once` the first; patterns of method and path."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.behind = httpx.Client(base_url=url, trust_env=False, headers={"User-Agent": "a-door"})
        self.calls: set[str] = set()
        self.answers: set[str] = set()
        self.once: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def open(self) -> None:
        """Lose nothing any more."""
        self.calls, self.answers, self.once = set(), set(), set()


class _Call(BaseHTTPRequestHandler):
    server: LosingDoor

    def _pass(self) -> None:
        call = f"{self.command} {self.path}"
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if _among(self.server.calls, call):
            return
        answer = self.server.behind.request(self.command, self.path, content=body)
        first = _among(self.server.once, call)
        self.server.once -= first
        if first or _among(self.server.answers, call):
            return
        self.send_response(answer.status_code)
        if answer.status_code != 204:
            self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PATCH = do_DELETE = _pass  # noqa: N815 - so they are called

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def _among(patterns: set[str], call: str) -> set[str]:
    return {one for one in patterns if re.fullmatch(one, call)}


@contextmanager
def losing_door(url: str) -> Iterator[LosingDoor]:
    """Before the API at `url`; it is open at first."""
    with LosingDoor(url) as door, door.behind:
        threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True).start()
        yield door
        door.shutdown()
