"""Each defect shows, so that the harness can be seen to find it."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from tests.integration.reference.conftest import Shop, place, until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("reference-stack")]


def test_double_charge_shows_when_the_provider_is_slow(broken_shop: Shop) -> None:
    """Orders whose charge timed out are charged again under a fresh key."""
    with broken_shop.client("payer") as client:
        with broken_shop.hurt("payments", {"type": "latency", "attributes": {"latency": 800}}):
            orders = {place(client).json()["id"] for _ in range(10)}
            until(lambda: len(charges_of(broken_shop, orders)) > len(orders))
        broken_shop.read()
    charges = charges_of(broken_shop, orders)
    assert max(Counter(charge["order"] for charge in charges).values()) > 1
    assert len({charge["key"] for charge in charges}) == len(charges)


def charges_of(shop: Shop, orders: set[str]) -> list[dict[str, str]]:
    """What the provider charged for these orders, asked past the proxy."""
    url = f"{shop.stack.environment['HARNESS_PAYMENTS_URL']}/charges"
    charges = httpx.get(url, params={"limit": 1000}).json()["charges"]
    return [charge for charge in charges if charge["order"] in orders]


def test_lost_event_shows_in_calm(broken_shop: Shop) -> None:
    """Of forty orders' events some never come."""
    with broken_shop.client("listener") as client:
        orders = [place(client).json()["id"] for _ in range(40)]
    published = {(event["type"], event["order"]) for event in broken_shop.read()["events"]}
    expected = {(kind, order) for kind in ("order.placed", "order.paid") for order in orders}
    assert expected - published


def test_schema_drift_shows_in_read_order(broken_shop: Shop) -> None:
    """The amount, documented as an integer, comes as a string; place_order keeps its word."""
    with broken_shop.client("reader") as client:
        placed = place(client).json()
        assert isinstance(placed["amount"], int)
        assert isinstance(client.get(f"/v1/orders/{placed['id']}").json()["amount"], str)
