"""The consumers of the reference service, and what they rely on. Run as a script it writes the pacts anew:

python -m tests.integration.contract.consumers contracts/pacts
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
from pact import Pact, generate, match
from pact.match.matcher import GenericMatcher

from harness.reference.adapters.payments_client import PaymentsClient
from harness.reference.application import Charge, ChargeOutcome

ORDER = "ord-0198c5d2a1b03f9d6c2e7a41"
ABSENT = "ord-ffffffffffffffffffffffff"
TIME = "2026-01-31T12:00:00+00:00"
ITEM = {"id": match.regex("kettle", regex="^[a-z][a-z0-9-]*$"), "name": match.str("Kettle"), "price": match.int(3900)}
BEARER = match.regex("Bearer a-customer's-token", regex="^Bearer .+")
PROBLEM = "application/problem+json"


class Storefront:
    """The shop's web site, as far as it talks to orders."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": "Bearer a-customer's-token"}, trust_env=False, timeout=5.0
        )

    def titles(self) -> list[str]:
        """Of the first two items."""
        page = self._http.get("/v1/items", params={"limit": 2}).raise_for_status().json()
        return [item["name"] for item in page["items"]]

    def price(self, item: str) -> int | None:
        """In cents; None when there is no such item."""
        answer = self._http.get(f"/v1/items/{item}")
        if answer.status_code == 404:
            return None
        return int(answer.raise_for_status().json()["price"])

    def order(self, item: str, quantity: int, key: str) -> str:
        """Where the order can be read."""
        answer = self._http.post(
            "/v1/orders", json={"item": item, "quantity": quantity}, headers={"Idempotency-Key": key}
        )
        assert answer.raise_for_status().status_code == 202
        return str(answer.headers["Location"])

    def status(self, place: str) -> str:
        """How an order stands; `unknown` when there is none."""
        answer = self._http.get(place)
        return "unknown" if answer.status_code == 404 else str(answer.raise_for_status().json()["status"])

    def cancel(self, place: str) -> bool:
        """Whether it could still be cancelled."""
        answer = self._http.post(f"{place}/cancel")
        return answer.status_code != 409 and bool(answer.raise_for_status())


class Fulfilment:
    """The warehouse: packs what is paid, forgets what is cancelled. Repeats of an event change nothing."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self._known: set[str] = set()

    def take(self, event: dict[str, str]) -> None:
        """One event of the stream `orders.events`."""
        if event["id"] in self._known:
            return
        self._known.add(event["id"])
        action = {"order.placed": "expect", "order.paid": "pack", "order.cancelled": "forget"}[event["type"]]
        self.log.append(f"{action} {event['order']}")


def storefront_orders(folder: Path) -> None:
    """HTTP: browse, place, follow, and the refusals that the site shows its customers."""
    pact = Pact("storefront", "orders").with_specification("V4")
    _reading(pact)
    _ordering(pact)
    with pact.serve() as server:
        shop = Storefront(str(server.url))
        assert shop.titles() == ["Kettle"]
        assert shop.price("kettle") == 3900
        assert shop.price("nothing") is None
        assert shop.order("kettle", 1, "pact-storefront-1") == f"/v1/orders/{ORDER}"
        assert shop.status(f"/v1/orders/{ORDER}") == "paid"
        assert shop.status(f"/v1/orders/{ABSENT}") == "unknown"
        assert shop.cancel(f"/v1/orders/{ORDER}") is False
    pact.write_file(folder)


def orders_payments(folder: Path) -> None:
    """HTTP: the relay's own client is the consumer."""
    pact = Pact("orders", "payments").with_specification("V4")
    _charge(pact, "charge an order", 3900).will_respond_with(201).with_body(
        {"id": match.str("chg-1"), "key": "pact-orders-3900", "order": ORDER, "amount": 3900},
        content_type="application/json",
    )
    _charge(pact, "charge more than the limit", 99_999_900).will_respond_with(402)
    with pact.serve() as server:
        outcomes = asyncio.run(_charges(str(server.url)))
    assert outcomes == [ChargeOutcome.PAID, ChargeOutcome.DECLINED]
    pact.write_file(folder)


def fulfilment_orders(folder: Path) -> None:
    """Messages of the Valkey stream `orders.events`."""
    pact = Pact("fulfilment", "orders").with_specification("V4")
    for number, step in enumerate(("placed", "paid", "cancelled")):
        body = {
            "id": match.regex(f"evt-0198c5d2a1b03f9d6c2e7a4{number}", regex="^evt-.+"),
            "type": f"order.{step}",
            "order": match.regex(ORDER, regex="^ord-[0-9a-f]{24}$"),
            "key": match.str("a-customer's-key"),
            "at": match.regex(TIME, regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*\+00:00$"),
        }
        about = pact.upon_receiving(f"an order was {step}", "Async")
        about.with_body(body, content_type="application/json").with_metadata({"stream": "orders.events"})
    warehouse = Fulfilment()
    pact.verify(lambda body, _: warehouse.take(json.loads(body)), "Async")
    assert sorted(warehouse.log) == [f"expect {ORDER}", f"forget {ORDER}", f"pack {ORDER}"]
    pact.write_file(folder)


def write_all(folder: Path) -> None:
    """Three pacts into `folder`, replacing what stands there: `write_file` would merge."""
    folder.mkdir(parents=True, exist_ok=True)
    for write in (storefront_orders, orders_payments, fulfilment_orders):
        consumer, provider = write.__name__.split("_")
        (folder / f"{consumer}-{provider}.json").unlink(missing_ok=True)
        write(folder)


def _reading(pact: Pact) -> None:
    listing = pact.upon_receiving("list items").given("an item is in stock", item="kettle")
    listing.with_request("GET", "/v1/items").with_query_parameter("limit", "2").with_header("Authorization", BEARER)
    listing.will_respond_with(200).with_body({"items": match.each_like(ITEM, min=1)}, content_type="application/json")
    reading = pact.upon_receiving("read an item").given("an item is in stock", item="kettle")
    reading.with_request("GET", "/v1/items/kettle").with_header("Authorization", BEARER)
    reading.will_respond_with(200).with_body({**ITEM, "id": "kettle"}, content_type="application/json")
    missing = pact.upon_receiving("read an item that is not sold")
    missing.with_request("GET", "/v1/items/nothing").with_header("Authorization", BEARER)
    missing.will_respond_with(404).with_body({"status": 404, "title": match.str("Not found")}, content_type=PROBLEM)


def _ordering(pact: Pact) -> None:
    placing = pact.upon_receiving("place an order").given("an item is in stock", item="kettle")
    placing.with_request("POST", "/v1/orders").with_header("Authorization", BEARER)
    placing.with_header("Idempotency-Key", "pact-storefront-1")
    placing.with_body({"item": "kettle", "quantity": 1}, content_type="application/json")
    placing.will_respond_with(202).with_header(
        "Location", match.regex(f"/v1/orders/{ORDER}", regex="^/v1/orders/ord-[0-9a-f]{24}$")
    ).with_body(_order("pending"), content_type="application/json")
    following = pact.upon_receiving("read an order").given("an order that is paid exists")
    following.with_request("GET", _path("")).with_header("Authorization", BEARER)
    following.will_respond_with(200).with_body(_order("paid"), content_type="application/json")
    absent = pact.upon_receiving("read an order that is not there")
    absent.with_request("GET", f"/v1/orders/{ABSENT}").with_header("Authorization", BEARER)
    absent.will_respond_with(404).with_body({"status": 404, "title": match.str("Not found")}, content_type=PROBLEM)
    late = pact.upon_receiving("cancel an order that is paid").given("an order that is paid exists")
    late.with_request("POST", _path("/cancel")).with_header("Authorization", BEARER)
    late.will_respond_with(409).with_body({"status": 409, "title": match.str("Too late")}, content_type=PROBLEM)


def _order(status: str) -> dict[str, Any]:
    return {
        "id": match.regex(ORDER, regex="^ord-[0-9a-f]{24}$"),
        "item": "kettle",
        "quantity": 1,
        "amount": match.int(3900),
        "status": status,
    }


def _path(tail: str) -> Any:
    """The provider says which order it is: only it knows."""
    return GenericMatcher(
        "regex",
        f"/v1/orders/{ORDER}{tail}",
        generator=generate.provider_state("/v1/orders/${order}" + tail),
        regex=f"^/v1/orders/ord-0[0-9a-f]{{23}}{tail}$",
    )


def _charge(pact: Pact, description: str, cents: int) -> Any:
    asking = pact.upon_receiving(description).given("payments is reachable")
    asking.with_request("POST", "/charges").with_header("Idempotency-Key", f"pact-orders-{cents}")
    return asking.with_body({"order": ORDER, "amount": cents}, content_type="application/json")


async def _charges(url: str) -> list[ChargeOutcome]:
    client = PaymentsClient(url, timeout_s=5.0)
    try:
        return [
            await client.charge(Charge(key=f"pact-orders-{cents}", order=ORDER, amount=cents))
            for cents in (3900, 99_999_900)
        ]
    finally:
        await client.close()


if __name__ == "__main__":
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    write_all(Path(sys.argv[1]))
