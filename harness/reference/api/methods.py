"""Which methods a path has. Starlette's own 405 names those of one route, though several may share the path."""

from __future__ import annotations

from fastapi import Request
from starlette.routing import Match, Route

__all__ = ["allowed_methods"]


def allowed_methods(request: Request) -> list[str]:
    """The methods of every route that matches the request's path, sorted."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in matching for method in route.methods or ()})
