"""The provider's API: charge, and list charges. Charges above a limit are declined, so that declines can be had on purpose."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Query
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from harness.reference.api import problems
from harness.reference.api.health import health_router
from harness.reference.api.json_body import json_only
from harness.reference.api.middleware import HttpMetrics, Observed
from harness.reference.api.problems import MEDIA_TYPE, Refusal
from harness.reference.api.schemas import whole
from harness.reference.application import IdSource
from harness.reference.payments.charges import ChargeBook, ChargeMade

__all__ = ["DECLINED_ABOVE", "create_app"]

DECLINED_ABOVE = 250_000  # cents

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=160)]


class NewCharge(BaseModel):
    """`amount` in cents for `order`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"order": "ord-0198c5d2a1b03f9d6c2e7a41", "amount": 3900}]}
    )

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000_000), BeforeValidator(whole)]


class Charge(BaseModel):
    """A charge that was made; `amount` in cents."""

    id: str
    key: str
    order: str
    amount: int
    at: str


class ChargePage(BaseModel):
    """Charges in the order they were made. `next` is the cursor of the next page, null on the last."""

    charges: list[Charge]
    next: int | None


def create_app(path: str) -> FastAPI:
    """The provider, with its charges in the file at `path` (in memory when empty)."""
    book = ChargeBook(path)
    ids = IdSource(clock=time.time, entropy=os.urandom)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        book.close()

    app = FastAPI(
        title="Payments", version="1.0.0", docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    registry = CollectorRegistry()
    app.include_router(health_router({}, registry))
    problems.install(app)
    app.add_middleware(Observed, metrics=HttpMetrics(registry))

    @app.post(
        "/charges",
        operation_id="charge",
        status_code=201,
        dependencies=[Depends(json_only)],
        responses=_CHARGE_RESPONSES,
    )
    async def charge(key: Key, body: NewCharge) -> Response:
        """Charge once for each key: a repetition gets the first answer."""
        if body.amount > DECLINED_ABOVE:
            raise Refusal(
                402, "declined", "Declined", f"{body.amount} cents is more than the limit of {DECLINED_ABOVE}."
            )
        new = ChargeMade(id=ids.new("chg"), key=key, order=body.order, amount=body.amount, at=ids.now().isoformat())
        made, _ = book.charge(new)
        if (made.order, made.amount) != (body.order, body.amount):
            raise Refusal(422, "key-reused", "Idempotency-Key reused", f"The key {key} stands for another charge.")
        return JSONResponse(asdict(made), status_code=201)

    @app.get(
        "/charges",
        operation_id="list_charges",
        responses={200: {"model": ChargePage}, 422: _problem("A value can't be accepted.")},
    )
    async def list_charges(
        cursor: Annotated[int, Query(ge=0, le=2**62)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """All charges, a page at a time."""
        page = book.page(after=cursor, limit=limit + 1)
        shown = page[:limit]
        last = shown[-1][0] if len(page) > limit else None
        return JSONResponse({"charges": [asdict(charge) for _, charge in shown], "next": last})

    return app


def _problem(description: str) -> dict[str, object]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}


_CHARGE_RESPONSES: dict[int | str, dict[str, object]] = {
    201: {"model": Charge, "description": "Charged, now or before under the same key."},
    400: _problem("The body is not JSON, or the Idempotency-Key is missing."),
    402: _problem("Declined; nothing was charged."),
    415: _problem("The body is not declared as JSON."),
    422: _problem("A value can't be accepted, or the key stands for another charge."),
}
