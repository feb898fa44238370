"""The API on real servers, in calm."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.reference.conftest import Shop, new_key, place, until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("reference-stack")]


def status_of(client: httpx.Client, order: str) -> str:
    """How an order stands."""
    return str(client.get(f"/v1/orders/{order}").json()["status"])


def test_a_placed_order_is_paid(shop: Shop) -> None:
    """202 with a Location, pending; soon after the relay has charged it."""
    with shop.client("payer") as client:
        response = place(client, quantity=2)
        assert response.status_code == 202
        assert response.json()["status"] == "pending"
        assert response.headers["location"] == f"/v1/orders/{response.json()['id']}"
        until(lambda: status_of(client, response.json()["id"]) == "paid")


def test_a_declined_order_is_cancelled_and_gives_its_stock_back(shop: Shop) -> None:
    """The provider declines large amounts; nothing is held or charged for them."""
    with shop.client("spender") as client:
        order = place(client, item="coffee-mill", quantity=100).json()["id"]
        until(lambda: status_of(client, order) == "cancelled")
    state = shop.read()
    assert order not in {charge["order"] for charge in state["charges"]}
    assert state["stock"]["held"] == sum(o["quantity"] for o in state["orders"] if o["status"] != "cancelled")


def test_the_same_key_and_body_give_the_same_answer(shop: Shop) -> None:
    """Byte for byte, also after the order has moved on, and one order."""
    with shop.client("repeater") as client:
        key = new_key()
        first = place(client, key=key)
        until(lambda: status_of(client, first.json()["id"]) == "paid")
        second = place(client, key=key)
        assert (second.status_code, second.content, second.headers["location"]) == (
            first.status_code,
            first.content,
            first.headers["location"],
        )
        assert len(client.get("/v1/orders").json()["orders"]) == 1


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    """422, for another quantity and for another customer."""
    with shop.client("reuser") as client, shop.client("neighbour") as neighbour:
        key = new_key()
        assert place(client, key=key).status_code == 202
        assert place(client, key=key, quantity=2).status_code == 422
        assert place(neighbour, key=key).status_code == 422


def test_twin_requests_take_effect_once(shop: Shop) -> None:
    """Twelve at the same moment with one key: one order, one answer."""
    key = new_key()
    with shop.client("twin") as client, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: place(client, key=key), range(12)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        assert len(client.get("/v1/orders").json()["orders"]) == 1
    state = shop.read()
    assert len([charge for charge in state["charges"] if charge["key"] == key]) == 1


def test_a_refused_request_leaves_its_key_free(shop: Shop) -> None:
    """Only effects are remembered."""
    with shop.client("corrector") as client:
        key = new_key()
        assert place(client, item="no-such-item", key=key).status_code == 404
        assert place(client, key=key).status_code == 202


def test_orders_of_others_do_not_exist(shop: Shop) -> None:
    """404 for reading and cancelling them, and they are in nobody else's list."""
    with shop.client("owner") as owner, shop.client("stranger") as stranger:
        order = place(owner).json()["id"]
        assert stranger.get(f"/v1/orders/{order}").status_code == 404
        assert stranger.post(f"/v1/orders/{order}/cancel").status_code == 404
        assert stranger.get("/v1/orders").json()["orders"] == []


def test_a_paid_order_can_not_be_cancelled(shop: Shop) -> None:
    """409, and it stays paid."""
    with shop.client("late") as client:
        order = place(client).json()["id"]
        until(lambda: status_of(client, order) == "paid")
        assert client.post(f"/v1/orders/{order}/cancel").status_code == 409
        assert status_of(client, order) == "paid"


def test_cancelling_races_with_charging_and_nobody_loses_money(shop: Shop) -> None:
    """Each of forty orders ends cancelled and not charged, or charged and not cancelled; the customer is told which."""
    with shop.client("racer") as client, ThreadPoolExecutor(8) as pool:

        def place_and_cancel(_: int) -> tuple[str, int]:
            order = place(client).json()["id"]
            return order, client.post(f"/v1/orders/{order}/cancel").status_code

        told = dict(pool.map(place_and_cancel, range(40)))
    state = shop.read()
    charged = {charge["order"] for charge in state["charges"]}
    ended = {order["id"]: order["status"] for order in state["orders"]}
    for order, status in told.items():
        assert (ended[order], order in charged) == (("cancelled", False) if status == 200 else ("paid", True))
    assert set(told.values()) <= {200, 409}


def test_items_are_paged_by_cursor(shop: Shop) -> None:
    """Every item once, in order, whatever the page size."""
    with shop.client("browser") as client:
        whole = [item["id"] for item in client.get("/v1/items", params={"limit": 100}).json()["items"]]
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = client.get("/v1/items", params={"limit": 7, **cursor}).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert seen == whole == sorted(whole)
        assert len(whole) == 20


def test_my_orders_come_newest_first(shop: Shop) -> None:
    """A page at a time, without gaps or repeats."""
    with shop.client("collector") as client:
        placed = [place(client).json()["id"] for _ in range(5)]
        first = client.get("/v1/orders", params={"limit": 3}).json()
        second = client.get("/v1/orders", params={"limit": 3, "cursor": first["next"]}).json()
        assert [order["id"] for order in first["orders"] + second["orders"]] == sorted(placed, reverse=True)
        assert second["next"] is None


def test_an_unchanged_item_is_not_sent_again(shop: Shop) -> None:
    """304 with the same ETag and no body; 200 for another ETag."""
    with shop.client("cacher") as client:
        tag = client.get("/v1/items/kettle").headers["etag"]
        again = client.get("/v1/items/kettle", headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert client.get("/v1/items/kettle", headers={"If-None-Match": '"other"'}).status_code == 200


def test_transfers_keep_the_total_and_refuse_overdrafts(shop: Shop) -> None:
    """Many at once, in both directions; the ledger's total stays to the cent."""
    with shop.client("banker") as client, ThreadPoolExecutor(8) as pool:

        def transfer(number: int) -> int:
            source, target = ("acc-010", "acc-011") if number % 2 else ("acc-011", "acc-010")
            body = {"from": source, "to": target, "amount": 600_000}
            return client.post("/v1/transfers", json=body, headers={"Idempotency-Key": new_key()}).status_code

        statuses = list(pool.map(transfer, range(24)))
        assert set(statuses) == {201, 409}
        same = {"from": "acc-010", "to": "acc-010", "amount": 1}
        assert client.post("/v1/transfers", json=same, headers={"Idempotency-Key": new_key()}).status_code == 409
    state = shop.read()
    assert state["accounts"]["total"] == state["accounts"]["opening_total"] == 100_000_000


def test_a_transfer_can_be_read_back(shop: Shop) -> None:
    """201 with a Location that leads to the same body."""
    with shop.client("clerk") as client:
        body = {"from": "acc-020", "to": "acc-021", "amount": 5}
        made = client.post("/v1/transfers", json=body, headers={"Idempotency-Key": new_key()})
        assert made.status_code == 201
        assert client.get(made.headers["location"]).json() == made.json()


def test_events_tell_the_story_of_an_order(shop: Shop) -> None:
    """Placed, then paid, on the stream, under the order's key."""
    with shop.client("narrator") as client:
        key = new_key()
        order = place(client, key=key).json()["id"]
        until(lambda: status_of(client, order) == "paid")
    told = [(event["type"], event["key"]) for event in shop.read()["events"] if event["order"] == order]
    assert told == [("order.placed", key), ("order.paid", key)]


def test_logs_are_json_with_the_id_of_the_request(shop: Shop) -> None:
    """Every line of each process is an object with its service and a request id; a client's own id leads to its line."""
    sent = f"api-{new_key()}"
    with shop.client("logged") as client:
        assert client.get("/v1/items/kettle", headers={"X-Request-Id": sent}).headers["x-request-id"] == sent
        order = place(client).json()["id"]
        until(lambda: status_of(client, order) == "paid")
    until(lambda: ("orders", sent, "read_item") in logged(shop))
    assert {"orders", "payments", "relay"} <= {service for service, *_ in logged(shop)}
    assert any(service == "payments" and operation == "charge" for service, _, operation in logged(shop))


def logged(shop: Shop) -> set[tuple[str, str, str]]:
    """Service, request id and operation of every line that is whole."""
    logs = [service.spec.log for name, service in shop.stack.services.items() if name[:3] in ("ord", "pay", "rel")]
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines(keepends=True) if line[-1] == "\n"]
    return {(line["service"], line["request_id"], line.get("operation", "")) for line in lines}


def test_metrics_and_health_need_no_token(shop: Shop) -> None:
    """Prometheus and the stack's own readiness have none."""
    assert httpx.get(f"{shop.stack.url}/health/ready").json()["status"] == "ready"
    assert "http_requests_total" in httpx.get(f"{shop.stack.url}/metrics").text
