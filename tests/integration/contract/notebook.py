"""A notebook in which everybody has notes of their own; `lax` methods forget to ask whose they are, and it may be `careless` in other ways."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from harness.model import Target

OWNER = {"Authorization": "Bearer own3r-token"}
MALLORY = {"Authorization": "Bearer mall0ry-token"}


def describe(*, linked: bool = True) -> dict[str, Any]:
    """Its document."""
    note = {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}, "id": {"type": "string"}},
    }
    content = {"content": {"application/json": {"schema": note, "example": {"text": "milk"}}}}

    def operation(name: str, *statuses: str, **more: Any) -> dict[str, Any]:
        responses = {s: {"description": s, **(content if s[0] == "2" else {})} for s in (*statuses, "401")}
        return {"operationId": name, "responses": responses, "security": [{"token": []}], **more}

    write = operation("write", "201", "400", requestBody={"required": True, **content})
    if linked:
        write["responses"]["201"]["links"] = {
            name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in ("read", "tear")
        }
    place = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "0"}
    return {
        "openapi": "3.0.3",
        "info": {"title": "notebook", "version": "1"},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/notes": {"post": write},
            "/notes/{id}": {
                "get": operation("read", "200", "404", parameters=[place]),
                "delete": operation("tear", "200", "404", parameters=[place]),
            },
        },
    }


@dataclass
class Notebook:
    """`lax` holds methods that do not ask whose a note is. `careless`: notes are read without a login, and after they were torn out."""

    server: ThreadingHTTPServer
    document: dict[str, Any] = field(default_factory=describe)
    lax: frozenset[str] = frozenset()
    careless: bool = False
    notes: dict[str, tuple[str, bytes]] = field(
        default_factory=lambda: {"0": (OWNER["Authorization"], b'{"text": "first"}')}
    )
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def target(self, **more: Any) -> Target:
        """As `harness.yaml` would describe it."""
        return Target(
            name="notebook",
            url=f"http://127.0.0.1:{self.server.server_port}",
            headers=OWNER,
            secrets={"own3r-token": "$OWNER_TOKEN", "mall0ry-token": "$MALLORY_TOKEN"},
            **{"identities": {"mallory": MALLORY}, "strangers": ("mallory",), **more},
        )


@contextmanager
def notebook(*lax: str, linked: bool = True) -> Iterator[Notebook]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    book = Notebook(server=server, lax=frozenset(lax), document=describe(linked=linked))
    server.book = book  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield book
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The document, or a note."""
        if self.path == "/openapi.json":
            self._say(200, json.dumps(self._book.document).encode())
        elif note := self._mine():
            self._say(200, note)

    def do_DELETE(self) -> None:
        """A note is torn out."""
        if note := self._mine():
            if not self._book.careless:
                self._book.notes.pop(self._name, None)
            self._say(200, note)

    def do_POST(self) -> None:
        """A new note."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self._caller is None:
            return self._say(401)
        try:
            text = {"text": str(json.loads(body)["text"]), "id": str(next(self._book.ids, ""))}
        except (ValueError, KeyError, TypeError):
            return self._say(400)
        if not text["id"]:  # the book is full
            return self._say(400)
        self._book.notes[text["id"]] = self._caller, json.dumps(text).encode()
        return self._say(201, json.dumps(text).encode())

    def log_message(self, *_: object) -> None:
        """Silent."""

    @property
    def _book(self) -> Notebook:
        return self.server.book  # type: ignore[attr-defined,no-any-return]

    @property
    def _name(self) -> str:
        return self.path.removeprefix("/notes/")

    @property
    def _caller(self) -> str | None:
        said = self.headers.get("authorization", "")
        return said if said in (OWNER["Authorization"], MALLORY["Authorization"]) else None

    def _mine(self) -> bytes | None:
        """The note that was asked for; else it has answered."""
        owner, note = self._book.notes.get(self._name, ("", b""))
        if note and self._book.careless and self.command == "GET":
            return note
        if self._caller is None:
            self._say(401)
        elif not owner or (owner != self._caller and self.command not in self._book.lax):
            self._say(404)
        else:
            return note
        return None

    def _say(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)
