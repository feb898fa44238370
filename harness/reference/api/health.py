"""Health and metrics, without a token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import JSONResponse, Response

from harness.reference.api.schemas import Alive, Readiness
from harness.reference.application import DependencyAway

__all__ = ["Check", "health_router"]


@dataclass(frozen=True, slots=True)
class Check:
    """How to see whether a dependency is up. `ping` raises DependencyAway; `required` says whether requests fail without it."""

    ping: Callable[[], Awaitable[None]]
    required: bool


def health_router(checks: Mapping[str, Check], registry: CollectorRegistry) -> APIRouter:
    """Routes that every process of the service has."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/health/live", operation_id="health_live", summary="Is the process alive?", responses={200: {"model": Alive}}
    )
    async def health_live() -> Response:
        """Asks nobody."""
        return JSONResponse({"status": "live"})

    @router.get(
        "/health/ready",
        operation_id="health_ready",
        summary="Can it serve?",
        responses={
            200: {"model": Readiness},
            503: {
                "model": Readiness,
                "description": "Something required is down.",
                "headers": {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}},
            },
        },
    )
    async def health_ready() -> Response:
        """Asks every dependency, all at once."""
        states = await asyncio.gather(*(_state(check) for check in checks.values()))
        return _readiness(dict(zip(checks, states, strict=True)))

    @router.get(
        "/metrics",
        operation_id="metrics",
        summary="Metrics for Prometheus",
        responses={200: {"description": "Of this process.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        response_class=Response,
    )
    async def metrics() -> Response:
        """Counts of this one process; several may share the port."""
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


async def _state(check: Check) -> dict[str, Any]:
    try:
        await check.ping()
    except DependencyAway:
        return {"status": "down", "required": check.required}
    return {"status": "up", "required": check.required}


def _readiness(dependencies: dict[str, dict[str, Any]]) -> Response:
    down = [state for state in dependencies.values() if state["status"] == "down"]
    unready = any(state["required"] for state in down)
    status = "unready" if unready else "degraded" if down else "ready"
    headers = {"Retry-After": "1"} if unready else {}
    return JSONResponse(
        {"status": status, "dependencies": dependencies}, status_code=503 if unready else 200, headers=headers
    )
