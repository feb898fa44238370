"""Around every request: its id, its log line, its metrics, and a problem for what nobody foresaw."""

from __future__ import annotations

import logging
import re
import time
import uuid

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.reference.api.logs import request_id
from harness.reference.api.problems import problem

__all__ = ["HttpMetrics", "Observed"]

log = logging.getLogger("harness.reference.http")

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
METHOD_NOT_ALLOWED = 405
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class HttpMetrics:
    """Requests by operation and status, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter("http_requests", "Requests answered.", ("operation", "status"), registry=registry)
        self.seconds = Histogram(
            "http_request_seconds", "Time to answer.", ("operation",), buckets=_BUCKETS, registry=registry
        )


class Observed:
    """Pure ASGI, because Starlette's BaseHTTPMiddleware costs a task for each request."""

    def __init__(self, app: ASGIApp, *, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        identifier = _identifier(scope)
        token = request_id.set(identifier)
        status = 0

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", identifier.encode())]
            await send(message)

        try:
            await self._app(scope, receive, tell)
        except Exception:
            log.exception("unforeseen", extra={"method": scope["method"], "path": scope["path"]})
            if status:
                raise  # the head is out; all that is left is to break the connection off
            await problem(500, "internal", "Internal error", "A bug. The log knows more.")(scope, receive, tell)
        finally:
            self._note(scope, status, time.perf_counter() - started)
            request_id.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        operation = getattr(route, "operation_id", None)
        if operation is None or status == METHOD_NOT_ALLOWED:  # Starlette names a route of the path, but none was asked
            operation = "unmatched"
        self._metrics.requests.labels(operation, str(status)).inc()
        self._metrics.seconds.labels(operation).observe(seconds)
        log.info(
            "request",
            extra={
                "method": scope["method"],
                "path": scope["path"],
                "operation": operation,
                "status": status,
                "ms": round(seconds * 1000, 2),
            },
        )


def _identifier(scope: Scope) -> str:
    """The client's own X-Request-Id when it is short and plain, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return uuid.uuid4().hex
