"""A small shop with planted faults, described in Swagger 2.0; it remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "p0t-s3cret"
EXAMPLE = "kettle"


def describe() -> dict[str, Any]:
    """Its document: a base path, a key in a header, parameters that are their own schemas, a body as a parameter."""
    pot = {"type": "object", "required": ["id", "price"], "properties": {"id": {"type": "string"}}}
    pot["properties"] |= {"price": {"type": "integer", "x-nullable": True}}  # type: ignore[operator]
    refused = {status: {"description": status} for status in ("400", "401", "404")}
    one = {"name": "id", "in": "path", "required": True, "type": "string", "x-example": EXAMPLE}
    limit = {"name": "limit", "in": "query", "required": True, "type": "integer"}
    body = {"name": "pot", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pot"}}
    many = {"type": "array", "items": {"$ref": "#/definitions/Pot"}}

    def operation(name: str, parameter: dict[str, Any], status: str, schema: dict[str, Any]) -> dict[str, Any]:
        answers = {status: {"description": status, "schema": schema}, **refused}
        return {"operationId": name, "parameters": [parameter], "responses": answers}

    return {
        "swagger": "2.0",
        "info": {"title": "pots", "version": "1"},
        "basePath": "/api",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Pot-Key"}},
        "security": [{"key": []}],
        "definitions": {"Pot": pot},
        "paths": {
            "/pots": {
                "get": operation("list_pots", limit, "200", many),
                "post": operation("make_pot", body, "201", {"$ref": "#/definitions/Pot"}),
            },
            "/pots/{id}": {"get": operation("read_pot", one, "200", {"$ref": "#/definitions/Pot"})},
        },
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; headers by lower-case name."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes

    @property
    def what(self) -> tuple[str, str, bytes]:
        """Without what differs from run to run by design."""
        return self.method, self.target, self.body


@dataclass
class PotShop:
    """`asked` is what came since `take` was called last."""

    server: ThreadingHTTPServer
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def take(self) -> list[Asked]:
        """All, but for the document."""
        taken, self.asked = self.asked, []
        return [one for one in taken if one.target != "/swagger.json"]


@contextmanager
def pot_shop() -> Iterator[PotShop]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    shop = PotShop(server=server)
    server.shop = shop  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The price of the kettle is text, and two pots are one too many."""
        if not self._let_in():
            return
        parts = urlsplit(self.path)
        if parts.path == "/swagger.json":
            self._say(200, describe())
        elif parts.path == f"/api/pots/{EXAMPLE}":
            self._say(200, {"id": EXAMPLE, "price": "39"})
        elif parts.path == "/api/pots":
            limit = parse_qs(parts.query).get("limit", [""])[-1].removeprefix("-")
            self._say(500 if limit.isdigit() and int(limit) > 1 else 200 if limit.isdigit() else 400, [])
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        """Takes what is well described."""
        if self._let_in():
            self._say(201, {"id": "new", "price": None})

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _let_in(self) -> bool:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        shop: PotShop = self.server.shop  # type: ignore[attr-defined]
        headers = {name.lower(): value for name, value in self.headers.items()}
        shop.asked.append(Asked(self.command, self.path, headers, body))
        if self.path == "/swagger.json" or headers.get("x-pot-key") == KEY:
            return True
        self._say(401, {})
        return False

    def _say(self, status: int, document: Any) -> None:
        answer = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
