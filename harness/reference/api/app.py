"""The API put together."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from harness.reference.adapters import Database, ItemCache, RateLimit, Valkey
from harness.reference.api import items, ledger, orders, problems
from harness.reference.api.body_limit import BodyLimit
from harness.reference.api.document import TITLE, VERSION, document
from harness.reference.api.health import Check, health_router
from harness.reference.api.middleware import HttpMetrics, Observed
from harness.reference.api.parts import Parts
from harness.reference.application import IdSource
from harness.reference.settings import Settings

__all__ = ["create_app"]

LARGEST_BODY = 64 * 1024  # bytes
VALKEY_TIMEOUT_S = 0.1  # a cache that is slower than the database is of no use


def create_app(settings: Settings) -> FastAPI:
    """The API over what `settings` name. Nothing is connected before the first request."""
    parts = _parts(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await parts.valkey.close()
        await parts.database.close()

    registry = CollectorRegistry()
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.parts = parts
    checks = {"database": Check(parts.database.ping, required=True), "cache": Check(parts.valkey.ping, required=False)}
    for router in (items.router, orders.router, ledger.router, health_router(checks, registry)):
        app.include_router(router)
    problems.install(app)
    app.add_middleware(BodyLimit, largest=LARGEST_BODY)
    app.add_middleware(Observed, metrics=HttpMetrics(registry))
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


def _parts(settings: Settings) -> Parts:
    valkey = Valkey(settings.cache_url, timeout_s=VALKEY_TIMEOUT_S)
    return Parts(
        database=Database(settings.database_url, application="orders"),
        valkey=valkey,
        items=ItemCache(valkey),
        limit=RateLimit(valkey, per_second=settings.rate_limit),
        ids=IdSource(clock=time.time, entropy=os.urandom),
        jwt_secret=settings.jwt_secret,
        order_view=settings.defects.order_view(),
        item_page=settings.defects.item_page(),
        linger=settings.defects.linger(),
    )
