"""The relay put together: its loops, and its health over HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from harness.reference.adapters import Database, PaymentsClient, Valkey, ValkeyStream
from harness.reference.api import problems
from harness.reference.api.health import Check, health_router
from harness.reference.api.middleware import HttpMetrics, Observed
from harness.reference.application import IdSource
from harness.reference.relay.backlog import Backlog
from harness.reference.relay.charger import Charger
from harness.reference.relay.metrics import RelayMetrics
from harness.reference.relay.publisher import Publisher
from harness.reference.settings import Settings

__all__ = ["create_app"]

log = logging.getLogger("harness.reference.relay")

VALKEY_TIMEOUT_S = 0.5


def create_app(settings: Settings) -> FastAPI:
    """The relay over what `settings` name; it works from start-up to shutdown of the app."""
    registry = CollectorRegistry()
    metrics = RelayMetrics(registry)
    database = Database(settings.database_url, application="relay")
    valkey = Valkey(settings.cache_url, timeout_s=VALKEY_TIMEOUT_S)
    payments = PaymentsClient(settings.payments_url)
    ids = IdSource(clock=time.time, entropy=os.urandom)
    charger = Charger(database, payments, ids=ids, key=settings.defects.charge_key(), metrics=metrics)
    publisher = Publisher(database, settings.defects.stream(ValkeyStream(valkey)), metrics=metrics)

    backlog = Backlog(database, metrics=metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loops = [asyncio.create_task(loop.run()) for loop in (charger, publisher, backlog)]
        for task in loops:
            task.add_done_callback(_end_process)
        yield
        for task in loops:
            task.cancel()
        for task in loops:
            with suppress(asyncio.CancelledError):
                await task
        await payments.close()
        await valkey.close()
        await database.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    checks = {
        "database": Check(database.ping, required=True),
        "cache": Check(valkey.ping, required=False),
        "payments": Check(payments.ping, required=False),
    }
    app.include_router(health_router(checks, registry))
    problems.install(app)
    app.add_middleware(Observed, metrics=HttpMetrics(registry))
    return app


def _end_process(task: asyncio.Task[None]) -> None:
    """A loop that ended by itself met something nobody foresaw: better no relay, loudly, than half a one."""
    if not task.cancelled():
        log.critical("a loop of the relay ended", exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)
