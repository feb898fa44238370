"""What an operation may answer, for the document."""

from __future__ import annotations

from typing import Any

from harness.reference.api.problems import MEDIA_TYPE

__all__ = ["header", "link", "refusals"]

_REASONS = {
    400: "The body is not JSON, or the Idempotency-Key is missing.",
    401: "No bearer token, or one that is refused.",
    403: "The token lacks the scope.",
    404: "There is no such thing, or none that the caller may see.",
    409: "The state of things doesn't allow it; `detail` says why.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A value can't be accepted, or the Idempotency-Key stands for another request.",
    429: "The caller's limit per second is used up.",
    503: "The database does not answer. Whether the request took effect is not known; repeat it with the same Idempotency-Key.",
}


def header(description: str, pattern: str | None = None) -> dict[str, Any]:
    """A header that is always there."""
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"description": description, "required": True, "schema": schema}


_SECONDS = {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1}}
_CHALLENGE = {
    "description": "RFC 6750, section 3.",
    "required": True,
    "schema": {"type": "string", "pattern": "^Bearer"},
}
_HEADERS = {
    401: {"WWW-Authenticate": _CHALLENGE},
    403: {"WWW-Authenticate": _CHALLENGE},
    415: {"Accept": header("What the body may be.")},
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}
_GENERAL = (401, 403, 422, 429, 503)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problems that any protected operation may answer, and those of `statuses`."""
    return {status: _refusal(status) for status in sorted({*_GENERAL, *statuses})}


def link(operation: str, parameter: str, pointer: str) -> dict[str, Any]:
    """From this answer to another operation, whose path parameter stands at `pointer` in the body."""
    return {"operationId": operation, "parameters": {parameter: f"$response.body#{pointer}"}}


def _refusal(status: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "description": _REASONS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS:
        entry["headers"] = dict(_HEADERS[status])
    return entry
