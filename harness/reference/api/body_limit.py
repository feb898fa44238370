"""Bodies have a largest size."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit"]


class BodyLimit:
    """413 for more than `largest` bytes, declared or sent, where a body is read at all: no other operation answers 413."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        too_large = declared.isdigit() and int(declared) > self._largest
        received = 0

        async def counted() -> Message:
            nonlocal received
            message: Message = {} if too_large else await receive()
            received += len(message.get("body", b""))
            if too_large or received > self._largest:
                raise HTTPException(413, self._detail)  # the one kind that FastAPI lets through while it reads a body
            return message

        await self._app(scope, counted, send)

    @property
    def _detail(self) -> str:
        return f"A body may have {self._largest} bytes at most."
