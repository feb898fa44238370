"""A service that misbehaves in every way we could think of, each under a path of its own, with its description."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import graphql

from harness.model import Target

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
SCHEMA = graphql.build_schema("type Query { hello(name: String!): String! }")
FINE = b'{"id": 1}'


@dataclass
class Misbehaving:
    """What it does under each path; what it saw. `mended` does all that it promises."""

    paths: tuple[str, ...]
    server: ThreadingHTTPServer
    closing: threading.Event = field(default_factory=threading.Event)
    answered: int = 0
    login_lasts: int = 0
    limited_at: float = 0.0
    impatient: int = 0
    mended: bool = False
    prefix: str = ""
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """As `harness.yaml` would describe it."""
        return Target(name="misbehaving", url=f"http://127.0.0.1:{self.server.server_port}")


def describe(paths: tuple[str, ...]) -> dict[str, Any]:
    """A GET per path, with an optional number, that promises an item."""
    content = {"application/json": {"schema": ITEM}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    responses = {"200": {"description": "an item", "content": content}, "400": {"description": "bad"}}
    about = {"parameters": [limit], "responses": responses}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "misbehaving", "version": "1"},
        "paths": {f"/{path}": {"get": {"operationId": path, **about}} for path in paths},
    }
    if "headed" in paths:
        whole = {"schema": {"type": "integer"}}
        headers = {"X-Left": whole, "X-Right": {**whole}, "X-There": {**whole, "required": True}}
        document["paths"]["/headed"]["get"]["responses"] = {"200": {**responses["200"], "headers": headers}}
    if "tree" in paths:
        branch = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
        tree = {"type": "object", "required": ["branches"], "properties": {"branches": branch}}
        document["components"] = {"schemas": {"Tree": tree}}
        promised = {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}
        document["paths"]["/tree"]["get"]["responses"] = {"200": {"description": "a tree", "content": promised}}
    if "degraded" in paths:
        later = {"description": "later", "headers": {"Retry-After": {"required": True, "schema": {"type": "integer"}}}}
        document["paths"]["/degraded"]["get"]["responses"] = {"200": responses["200"], "503": later}
    return document


@contextmanager
def misbehaving(*paths: str) -> Iterator[Misbehaving]:
    """Serve until the block ends; whoever still waits for an answer is let go."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    service = Misbehaving(paths=paths, server=server, document=describe(paths))
    server.service = service  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def service(self) -> Misbehaving:
        return self.server.service  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].strip("/")
        if path != "openapi.json" and path.startswith(self.service.prefix):
            path = path.removeprefix(self.service.prefix)
        elif path != "openapi.json":
            path = "none"
        self.service.answered += 1
        if path == "openapi.json" and "graphql" not in self.service.paths:
            self._answer(200, json.dumps(self.service.document).encode())
        elif self.service.mended:
            self._answer(
                *((200, FINE) if re.fullmatch(r"(limit=-?\d+)?", self.path.partition("?")[2]) else (400, b"{}"))
            )
        elif path in self.service.paths:
            getattr(self, f"_{path}", self._refuse)()
        else:
            self._answer(404, b"{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if "graphql" not in self.service.paths or self.path != "/graphql":
            self._refuse()
            return
        result = graphql.graphql_sync(SCHEMA, body.get("query", ""), root_value={"hello": self._hello})
        self._answer(200, json.dumps(result.formatted).encode())

    def _hello(self, _info: Any, name: str = "") -> str:
        if len(name) > 3:
            raise RuntimeError("planted")
        return name

    def _refuse(self) -> None:
        self._answer(405, b"{}", {"Allow": "GET"})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._refuse
        raise AttributeError(name)

    def _fine(self) -> None:
        self._answer(200, FINE)

    def _closes(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _silent(self) -> None:
        self.service.closing.wait(60)
        self.close_connection = True

    def _drips(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not self.service.closing.wait(0.05):
            self.wfile.write(b"1\r\n \r\n")

    def _floods(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        while not self.service.closing.is_set():
            self.wfile.write(b" " * 1_000_000)

    def _text(self) -> None:
        self._answer(200, b"<html>hello</html>", {"Content-Type": "application/json"})

    def _headed(self) -> None:
        """Two headers that are no numbers, one that is not there, and a body that is not what was promised."""
        self._answer(200, b'{"id": []}', {"X-Left": "many", "X-Right": "few"})

    def _tree(self) -> None:
        """Its third level is not what was promised."""
        self._answer(200, b'{"branches": [{"branches": [{"branches": 3}]}]}')

    def _slow(self) -> None:
        self.service.closing.wait(0.4)
        self._fine()

    def _degraded(self) -> None:
        """As it says it may."""
        self._answer(503, b"{}", {"Retry-After": "1"})

    def _overloaded(self) -> None:
        """As nobody said."""
        self._answer(503, b"{}", {"Retry-After": "1"})

    def _teapot(self) -> None:
        self._answer(418, b"{}")

    def _limited(self) -> None:
        """Every twelfth request is refused for half a second; who does not wait is counted."""
        service, now = self.service, time.monotonic()
        if now < service.limited_at + 0.95:
            service.impatient += 1
        if service.answered % 12 == 0:
            service.limited_at = now
            self._answer(429, b"{}", {"Retry-After": "1"})
        else:
            self._fine()

    def _login(self) -> None:
        """Takes the token, until it has been taken often enough."""
        if self.headers.get("Authorization") != "Bearer s3cret" or self.service.answered > self.service.login_lasts:
            self._answer(401, b"{}")
        else:
            self._fine()

    def _vault(self) -> None:
        """Fails for whoever may come in."""
        self._answer(500 if self.headers.get("Authorization") == "Bearer s3cret" else 400, b"{}")

    def _shutdown(self) -> None:
        self.close_connection = True
        self._answer(200, FINE, {"Connection": "close"})
        self.server.socket.close()
        threading.Thread(target=self.server.shutdown, daemon=True).start()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return
