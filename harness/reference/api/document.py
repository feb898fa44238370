"""The OpenAPI document: what FastAPI derives from the routes, with what it can't know added."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from harness.reference.api.schemas import Problem

__all__ = ["ABOUT", "TITLE", "VERSION", "document"]

TITLE = "Orders for a small shop"
VERSION = "1.0.0"
ABOUT = """The bundled reference service of `harness`.

Every error is a problem (RFC 9457), an unknown path (404) and a method that a path hasn't (405, with `Allow`) too.
Amounts are integer cents. `POST` that makes something takes an `Idempotency-Key`."""

_REQUEST_ID = {
    "description": "The request's id, as the logs have it: the caller's own `X-Request-Id` where that is plain, else a new one.",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=TITLE, version=VERSION, description=ABOUT, routes=app.routes)
        _add_problem(made)
        for path in made["paths"].values():
            for operation in path.values():
                _complete(operation)
        _drop_defaults(made["components"]["schemas"])
        app.openapi_schema = made
    return app.openapi_schema


def _add_problem(made: dict[str, Any]) -> None:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    made["components"]["schemas"].update(schema.pop("$defs", {}))
    made["components"]["schemas"]["Problem"] = schema
    made["components"]["headers"] = {"X-Request-Id": _REQUEST_ID}


def _complete(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        response.setdefault("headers", {})["X-Request-Id"] = {"$ref": "#/components/headers/X-Request-Id"}
        if status == "304":
            response.pop("content", None)


def _drop_defaults(schemas: dict[str, Any]) -> None:
    """FastAPI's own error bodies are never sent."""
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
