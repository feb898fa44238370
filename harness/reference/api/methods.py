"""Which methods a path has. Starlette's own 405 names those of one route, though several may share the path."""

from __future__ import annotations

from fastapi import Request
from starlette.routing import Match

__all__ = ["allowed_methods"]

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")


def allowed_methods(request: Request) -> list[str]:
    """The methods that some route takes at the request's path, sorted."""
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
