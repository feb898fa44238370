"""Bodies have a largest size."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.reference.api.problems import problem

__all__ = ["BodyLimit"]


class BodyLimit:
    """413 for more than `largest` bytes, declared or sent. FastAPI's own limit answers with something else than a problem."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._largest:
            await problem(413, "body-too-large", "Body too large", self._detail)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._largest:
                raise HTTPException(413, self._detail)  # the one kind that FastAPI lets through while it reads a body
            return message

        await self._app(scope, counted, send)

    @property
    def _detail(self) -> str:
        return f"A body may have {self._largest} bytes at most."
