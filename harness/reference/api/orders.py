"""Orders: place, read, list mine, cancel."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from harness.reference.api.json_body import json_only
from harness.reference.api.parameters import Key, Limit, OrderCursor, OrderId
from harness.reference.api.parts import Shared
from harness.reference.api.replay import told
from harness.reference.api.responses import header, link, refusals
from harness.reference.api.schemas import NewOrder, OrderBody, OrderPage, order_body
from harness.reference.api.security import Customer
from harness.reference.application import Answer, CancelOrder, PlaceOrder
from harness.reference.application import cancel_order as cancel
from harness.reference.application import place_order as place
from harness.reference.domain import Order, Unknown

__all__ = ["router"]

router = APIRouter(prefix="/v1/orders", tags=["orders"])

PAST_ALL = "ord-g"  # sorts after every id


@router.post(
    "",
    operation_id="place_order",
    summary="Place an order",
    status_code=202,
    dependencies=[Depends(json_only)],
    responses={
        202: {
            "model": OrderBody,
            "description": "Taken; it will be charged, and then be paid or cancelled.",
            "headers": {"Location": header("Where the order is.", "^/v1/orders/")},
            "links": {
                "read_order": link("read_order", "order_id", "/id"),
                "cancel_order": link("cancel_order", "order_id", "/id"),
            },
        },
        **refusals(400, 404, 409, 413, 415),
    },
)
async def place_order(parts: Shared, customer: Customer, key: Key, body: NewOrder) -> Response:
    """Reserve stock and take the order. An unknown item is 404, too little stock 409."""
    command = PlaceOrder(subject=customer.subject, key=key, item=body.item, quantity=body.quantity)
    began = asyncio.get_running_loop().time()
    async with parts.database.begin() as transaction:
        answer = await place(command, transaction, ids=parts.ids, answer=_taken)
        await parts.linger(asyncio.get_running_loop().time() - began)
    return told(answer)


@router.get(
    "",
    operation_id="list_orders",
    summary="My orders",
    responses={
        200: {"model": OrderPage},
        **refusals(),
    },
)
async def list_orders(parts: Shared, customer: Customer, cursor: OrderCursor = None, limit: Limit = 20) -> Response:
    """The caller's own orders, newest first."""
    async with parts.database.begin() as transaction:
        page = await transaction.orders.page(customer.subject, before=cursor or PAST_ALL, limit=limit + 1)
    shown = page[:limit]
    last = shown[-1].id if len(page) > limit else None
    return JSONResponse({"orders": [order_body(order) for order in shown], "next": last})


@router.get(
    "/{order_id}",
    operation_id="read_order",
    summary="One order",
    responses={
        200: {"model": OrderBody, "links": {"cancel_order": link("cancel_order", "order_id", "/id")}},
        **refusals(404),
    },
)
async def read_order(parts: Shared, customer: Customer, order_id: OrderId) -> Response:
    """An order of the caller; somebody else's is 404."""
    async with parts.database.begin() as transaction:
        order = await transaction.orders.read(order_id)
    if order is None or order.subject != customer.subject:
        raise Unknown("order", order_id)
    body: dict[str, Any] = parts.order_view(order_body(order))
    return JSONResponse(body)


@router.post(
    "/{order_id}/cancel",
    operation_id="cancel_order",
    summary="Cancel an order",
    responses={
        200: {
            "model": OrderBody,
            "description": "Cancelled, now or before: repeating it changes nothing, so it needs no Idempotency-Key.",
            "links": {"read_order": link("read_order", "order_id", "/id")},
        },
        **refusals(404, 409),
    },
)
async def cancel_order(parts: Shared, customer: Customer, order_id: OrderId) -> Response:
    """Take a pending order back. Once it is being charged, 409."""
    async with parts.database.begin() as transaction:
        order = await cancel(CancelOrder(subject=customer.subject, order=order_id), transaction, ids=parts.ids)
    return JSONResponse(order_body(order))


def _taken(order: Order) -> Answer:
    return Answer(status=202, location=f"/v1/orders/{order.id}", body=json.dumps(order_body(order)))
