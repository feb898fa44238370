"""Problem details (RFC 9457) for every refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from harness.reference.api.logs import request_id
from harness.reference.api.methods import allowed_methods
from harness.reference.application import DependencyAway
from harness.reference.domain import (
    DomainError,
    KeyReused,
    NotCancellable,
    OutOfStock,
    Overdraft,
    SelfTransfer,
    Unknown,
)

__all__ = ["MEDIA_TYPE", "Refusal", "install", "problem"]

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1

# What each domain error is to a client: status, kind, title.
_OF_DOMAIN: dict[type[DomainError], tuple[int, str, str]] = {
    Unknown: (404, "not-found", "Not found"),
    OutOfStock: (409, "out-of-stock", "Out of stock"),
    Overdraft: (409, "overdraft", "Not enough money"),
    SelfTransfer: (409, "self-transfer", "Same account twice"),
    NotCancellable: (409, "not-cancellable", "Too late to cancel"),
    KeyReused: (422, "key-reused", "Idempotency-Key reused"),
}
_TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    413: "Body too large",
    422: "Invalid request",
}


class Refusal(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, status: int, kind: str, title: str, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """A response with a problem as its body. `kind` makes the type URN."""
    body: dict[str, Any] = {
        "type": f"urn:harness:reference:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id.get(),
    }
    if errors is not None:
        body["errors"] = errors
    # A lone surrogate from a client's JSON may be quoted here, and can't be encoded.
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make problems of everything that the routes may raise."""
    app.add_exception_handler(Refusal, _of_refusal)
    app.add_exception_handler(DomainError, _of_domain)
    app.add_exception_handler(DependencyAway, _of_outage)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_framework)


async def _of_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error.status, error.kind, error.title, error.detail, headers=error.headers)


async def _of_domain(_request: Request, error: Exception) -> Response:
    if type(error) not in _OF_DOMAIN:
        raise error  # an invariant is broken: a 500 that the log explains
    status, kind, title = _OF_DOMAIN[type(error)]  # type: ignore[index]
    return problem(status, kind, title, str(error))


async def _of_outage(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DependencyAway)
    return problem(
        503,
        "unavailable",
        "Temporarily unavailable",
        f"The {error.dependency} does not answer. Repeat the request, with the same Idempotency-Key if it has one.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


async def _of_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem(400, "malformed-json", "Malformed JSON", "The body is not JSON.")
    if any(fault["type"] == "missing" and fault["loc"] == ("header", "Idempotency-Key") for fault in faults):
        return problem(400, "key-missing", "Idempotency-Key missing", "This request needs an Idempotency-Key header.")
    errors = [{"where": ".".join(map(str, fault["loc"])), "message": str(fault["msg"])} for fault in faults]
    return problem(422, "invalid", "Invalid request", f"{len(errors)} value(s) can't be accepted.", errors=errors)


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, str(error.detail))
    headers = dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == 405:
        methods = allowed_methods(request)
        headers["Allow"] = ", ".join(methods)
        detail = f"{request.method} is not possible here; {headers['Allow']} is."
    kind = title.lower().replace(" ", "-")
    return problem(error.status_code, kind, title, detail, headers=headers)
