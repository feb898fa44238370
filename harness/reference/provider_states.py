"""The states that consumers' pacts name, brought about through the service's own API; and its events, made by its own code.

Nothing is put into the database behind the service's back: what a pact verification leaves is as sound as what a customer leaves.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import httpx

from harness.reference.adapters.event_stream import STREAM, stream_fields
from harness.reference.application import IdSource
from harness.reference.domain import EventType, Order, OrderStatus

__all__ = ["handle", "message"]

PATIENCE_S = 4.0  # the verifier itself waits 5
EVENTS = {
    "an order was placed": EventType.PLACED,
    "an order was paid": EventType.PAID,
    "an order was cancelled": EventType.CANCELLED,
}


def handle(
    state: str, action: str, parameters: Mapping[str, object], *, base_url: str, headers: Mapping[str, str]
) -> dict[str, object]:
    """Bring the provider at `base_url` into `state`; the values are for the pact's generators. Raises LookupError for an unknown one."""
    if state not in _STATES:
        raise LookupError(f"nobody here knows it; known: {', '.join(_STATES)}")
    if action != "setup":
        return {}
    with httpx.Client(base_url=base_url, headers=headers, timeout=PATIENCE_S, trust_env=False) as client:
        return _STATES[state](client, parameters)


def message(name: str, metadata: Mapping[str, object] | None = None) -> dict[str, object]:
    """The event that consumers call `name`, as it goes onto the stream. Raises LookupError for an unknown one."""
    del metadata  # what the consumer wants to see there; the provider's own is below
    ids = IdSource(clock=time.time, entropy=os.urandom)
    fields = stream_fields(ids.event(EVENTS[name], _order_after(EVENTS[name], ids)))
    return {
        "contents": json.dumps(fields).encode(),
        "content_type": "application/json",
        "metadata": {"stream": STREAM},
    }


def _item_in_stock(client: httpx.Client, parameters: Mapping[str, object]) -> dict[str, object]:
    item = str(parameters.get("item", "kettle"))
    client.get(f"/v1/items/{item}").raise_for_status()
    return {"item": item}


def _paid_order(client: httpx.Client, parameters: Mapping[str, object]) -> dict[str, object]:
    """Place one and ask until it is paid."""
    key = f"pact-{IdSource(clock=time.time, entropy=os.urandom).new('state')}"
    wanted = {"item": str(parameters.get("item", "kettle")), "quantity": 1}
    placed = client.post("/v1/orders", json=wanted, headers={"Idempotency-Key": key})
    placed.raise_for_status()
    order, deadline = placed.json(), time.monotonic() + PATIENCE_S
    while order["status"] not in ("paid", "cancelled") and time.monotonic() < deadline:
        time.sleep(0.02)
        order = client.get(f"/v1/orders/{order['id']}").raise_for_status().json()
    if order["status"] != "paid":
        raise TimeoutError(f"order {order['id']} is {order['status']} after {PATIENCE_S:g} s; is payments there?")
    return {"order": order["id"]}


def _provider_is_up(client: httpx.Client, _: Mapping[str, object]) -> dict[str, object]:
    client.get("/health/live").raise_for_status()
    return {}


_STATES: dict[str, Callable[[httpx.Client, Mapping[str, object]], dict[str, object]]] = {
    "an item is in stock": _item_in_stock,
    "an order that is paid exists": _paid_order,
    "payments is reachable": _provider_is_up,
}


def _order_after(kind: EventType, ids: IdSource) -> Order:
    """An order to which `kind` has just happened."""
    now = ids.now()
    placed = Order(
        id=ids.new("ord"),
        key="pact-message",
        subject="storefront",
        item="kettle",
        quantity=1,
        amount=3900,
        status=OrderStatus.PENDING,
        placed_at=now,
        due_at=now,
    )
    steps: dict[EventType, Callable[[Order], Order]] = {
        EventType.PLACED: replace,
        EventType.PAID: lambda order: order.claim(until=now + timedelta(seconds=1)).pay(),
        EventType.CANCELLED: Order.cancel,
    }
    return steps[kind](placed)
