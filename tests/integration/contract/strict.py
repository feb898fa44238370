"""A small shop that means every status of its document: conditional reads, conflicts, sizes, media types, a rate limit, an outage."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness.model import Target

TOKEN = {"Authorization": "Bearer s3cret-token"}
GUEST = {"Authorization": "Bearer gu3st-token"}
LIMIT = 30  # requests a second and caller
READ = ("200", "304", "401", "403", "404", "406", "429", "503")
MAKE = ("201", "400", "401", "403", "409", "413", "415", "422", "429", "503")
CHANGE = ("200", "400", "401", "403", "404", "412", "428")
ITEM = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": {"type": "string", "pattern": "^[a-z]{3,8}$"}, "price": {"type": "integer"}},
}


def describe() -> dict[str, Any]:
    """Its document."""

    def operation(name: str, statuses: tuple[str, ...], **more: Any) -> dict[str, Any]:
        content = {"content": {"application/json": {"schema": ITEM}}}
        responses = {s: {"description": s, **(content if s == "200" else {})} for s in statuses}
        return {"operationId": name, "responses": responses, "security": [{"token": []}], **more}

    body = {"required": True, "content": {"application/json": {"schema": ITEM, "example": {"id": "cup", "price": 3}}}}
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": "^k[0-9]{4}$"},
    }
    item = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[a-z]{3,8}$"},
        "example": "cup",
    }
    match = {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "example": '"1"'}
    return {
        "openapi": "3.0.3",
        "info": {"title": "strict", "version": "1"},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/items": {"post": operation("make", MAKE, parameters=[key], requestBody=body)},
            "/items/{id}": {
                "get": operation("read", READ, parameters=[item]),
                "put": operation("change", CHANGE, parameters=[item, match], requestBody=body),
            },
        },
    }


@dataclass
class Strict:
    """What it holds, and what it saw. `down` is its database; `broken` answers a 413 that the document does not allow."""

    server: ThreadingHTTPServer
    document: dict[str, Any] = field(default_factory=describe)
    items: dict[str, bytes] = field(default_factory=lambda: {"cup": b'{"id": "cup"}'})
    keys: dict[str, bytes] = field(default_factory=dict)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    down: bool = False
    broken: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def target(self, **more: Any) -> Target:
        """As `harness.yaml` would describe it."""
        url = f"http://127.0.0.1:{self.server.server_port}"
        secrets = {"s3cret-token": "$SHOP_TOKEN", "gu3st-token": "$GUEST_TOKEN"}
        return Target(
            name="strict", url=url, headers=TOKEN, secrets=secrets, **{"identities": {"guest": GUEST}, **more}
        )


class Breaker:
    """An `Outage` of the shop's one dependency; says how often it was asked for."""

    edges = ("database",)
    why_none = ""

    def __init__(self, shop: Strict) -> None:
        self.shop, self.times = shop, 0

    @contextmanager
    def down(self, edge: str, seconds: float) -> Iterator[None]:
        """Down within the block."""
        assert (edge, seconds > 0) == ("database", True)
        self.shop.down, self.times = True, self.times + 1
        try:
            yield
        finally:
            self.shop.down = False


@contextmanager
def strict() -> Iterator[Strict]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    shop = Strict(server=server)
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
        """The document, or an item."""
        if self.path == "/openapi.json":
            self._say(200, json.dumps(self._shop.document).encode())
        elif self._may_go_on():
            self._read(self.path.removeprefix("/items/"))

    def do_POST(self) -> None:
        """A new item."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self._may_go_on():
            self._say(*self._made(body))

    def do_PUT(self) -> None:
        """An item changed."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self._may_go_on():
            self._say(*self._changed(self.path.removeprefix("/items/"), body))

    def log_message(self, *_: object) -> None:
        """Silent."""

    @property
    def _shop(self) -> Strict:
        return self.server.shop  # type: ignore[attr-defined,no-any-return]

    def _may_go_on(self) -> bool:
        caller = self.headers.get("authorization", "")
        with self._shop.lock:
            self._shop.asked.append((self.command, self.path, caller))
            second = (caller, int(time.monotonic()))
            self._shop.counts[second] = self._shop.counts.get(second, 0) + 1
            many = self._shop.counts[second] > LIMIT and caller == GUEST["Authorization"]
        if caller not in (TOKEN["Authorization"], GUEST["Authorization"]):
            self._say(401)
        elif many:
            self._say(429, b"", {"Retry-After": "1"})
        elif caller == GUEST["Authorization"]:
            self._say(403)
        elif self._shop.down:
            self._say(503)
        else:
            return True
        return False

    def _read(self, name: str) -> None:
        item = self._shop.items.get(name.partition("?")[0])
        if item is None:
            self._say(404)
        elif "json" not in self.headers.get("accept", "*/*").replace("*/*", "json"):
            self._say(406)
        elif self.headers.get("if-none-match") == '"1"':
            self._say(304, b"", {"ETag": '"1"'})
        else:
            self._say(200, item, {"ETag": '"1"'})

    def _made(self, body: bytes) -> tuple[int, bytes]:
        if len(body) > 100_000:
            return 413, b"{}"
        if self.headers.get("content-type") != "application/json":
            return 415, b""
        item, key = _item(body), self.headers.get("idempotency-key", "")
        if item is None or not key:
            return 400, b""
        with self._shop.lock:
            if self._shop.keys.setdefault(key, body) != body:
                return 422, b""
            if item["id"] in self._shop.items:
                return 409, b""
            self._shop.items[item["id"]] = body
        return 201, b""

    def _changed(self, name: str, body: bytes) -> tuple[int, bytes]:
        if name not in self._shop.items:
            return 404, b""
        if _item(body) is None:
            return 400, b""
        tag = self.headers.get("if-match")
        if tag is None:
            return 428, b""
        return (200, b'{"id": "cup"}') if tag == '"1"' else (412, b"")

    def _say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", "text/html" if status == 413 and self._shop.broken else "application/json")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if status != 304:
            self.wfile.write(body)


def _item(body: bytes) -> dict[str, Any] | None:
    try:
        item = json.loads(body)
    except ValueError:
        return None
    good = isinstance(item, dict) and isinstance(item.get("id"), str) and set(item) <= {"id", "price"}
    return item if good else None
