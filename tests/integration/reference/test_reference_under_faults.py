"""The reference service keeps its promises while its edges are hurt, and recovers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.reference.conftest import Shop, new_key, place, until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("reference-stack")]

SLOW = {"type": "latency", "attributes": {"latency": 800}}
SILENT = {"type": "timeout", "attributes": {"timeout": 0}}
RESET = {"type": "reset_peer", "attributes": {"timeout": 0}}
TOXICS = pytest.mark.parametrize("toxic", [SLOW, SILENT, RESET, None], ids=["slow", "silent", "reset", "down"])


def hold_against(state: Mapping[str, Any], told: Mapping[str, str]) -> None:
    """The invariants: nothing lost, nothing charged twice, the books balance, every step published."""
    orders = {order["key"]: order for order in state["orders"]}
    for key, order in told.items():
        assert orders[key]["id"] == order
    charged = Counter(charge["order"] for charge in state["charges"])
    assert max(charged.values(), default=0) <= 1
    published = {(event["type"], event["order"]) for event in state["events"]}
    for order in state["orders"]:
        assert (order["id"] in charged) == (order["status"] == "paid")
        assert {("order.placed", order["id"]), (f"order.{order['status']}", order["id"])} <= published
    stock = state["stock"]
    assert stock["held"] == sum(order["quantity"] for order in state["orders"] if order["status"] != "cancelled")
    assert stock["opening"] == stock["available"] + stock["held"]
    assert state["accounts"]["opening_total"] == state["accounts"]["total"]


def place_many(client: httpx.Client, count: int) -> tuple[dict[str, str], Counter[int]]:
    """Place `count` orders, eight at a time, each tried twice; the keys that were answered 202 with their orders, and all statuses."""
    statuses: Counter[int] = Counter()

    def try_twice(_: int) -> tuple[str, str]:
        key = new_key()
        for _again in range(2):
            response = place(client, key=key)
            statuses[response.status_code] += 1
            if response.status_code == 202:
                return key, str(response.json()["id"])
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) >= 1
        return key, ""

    with ThreadPoolExecutor(8) as pool:
        told = dict(pool.map(try_twice, range(count)))
    return {key: order for key, order in told.items() if order}, statuses


@TOXICS
def test_a_hurt_provider_delays_orders_and_loses_none(shop: Shop, toxic: Mapping[str, Any] | None) -> None:
    """Clients notice nothing; each order is charged once, whatever the retries."""
    with shop.client("outage") as client:
        with shop.hurt("payments", toxic):
            told, statuses = place_many(client, 40)
            last = list(told.values())[-1]
            assert client.get(f"/v1/orders/{last}").json()["status"] in ("pending", "charging")
        assert set(statuses) == {202}
        hold_against(shop.read(), told)


@TOXICS
def test_a_hurt_cache_is_done_without(shop: Shop, toxic: Mapping[str, Any] | None) -> None:
    """Orders and items are served on; events come late, not never."""
    with shop.client("uncached") as client:
        with shop.hurt("valkey", toxic):
            told, statuses = place_many(client, 20)
            assert client.get("/v1/items/kettle").status_code == 200
        assert set(statuses) == {202}
        hold_against(shop.read(), told)


@TOXICS
def test_a_hurt_database_is_told_and_costs_no_order(shop: Shop, toxic: Mapping[str, Any] | None) -> None:
    """503 with Retry-After as documented, within seconds; what was answered 202 is there; the service comes back by itself."""
    with shop.client("hurt-db") as client:
        with shop.hurt("postgres", toxic):
            told, statuses = place_many(client, 16)
        assert set(statuses) <= {202, 503}
        assert statuses[503] > 0
        until(lambda: place(client).status_code == 202)
        hold_against(shop.read(), told)


def test_an_order_is_cancelled_while_the_provider_is_away(shop: Shop) -> None:
    """A pending order is the customer's to take back; then nothing is charged once the provider is there again."""
    with shop.client("undecided") as client:
        with shop.hurt("payments", None):
            order = place(client).json()["id"]
            until(lambda: client.post(f"/v1/orders/{order}/cancel").status_code == 200)
        state = shop.read()
    hold_against(state, {})
    assert order not in {charge["order"] for charge in state["charges"]}
