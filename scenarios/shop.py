"""Shows an ordinary locustfile: customers of the bundled shop who browse, order, look whether they are paid, cancel and transfer.

What makes it worth auditing is what real clients do, too: every effect is asked for under an Idempotency-Key, and an order
that got no clear answer is placed once more under the same key. A service that does it twice is found out.

Runs under `harness run`, and as it stands under plain Locust: `HARNESS_TOKEN=... locust -f scenarios/shop.py -H http://127.0.0.1:8000`
"""

import os
import random
from collections import deque

from locust import FastHttpUser, between, task

from harness.load.keys import idempotency_key

ITEMS = ("apron", "bowl", "carafe", "coffee-mill", "cup", "egg-timer", "kettle", "ladle", "teapot", "whisk")
ACCOUNTS = [f"acc-{number:03d}" for number in range(1, 21)]
LOOKS = 10  # at an order that is not settled, before it is left to itself: no customer polls for ever
NO_CLEAR_ANSWER = (0, 503, 504)  # 0: time-out, reset, refused


class Customer(FastHttpUser):
    """Places orders and comes back to them in later iterations, rather than waiting beside each."""

    wait_time = between(0.5, 1.5)  # under plain Locust and in closed profiles; an open profile sets the pace itself
    connection_timeout = 5.0
    network_timeout = 5.0

    def on_start(self) -> None:
        token = os.environ.get("HARNESS_TOKEN", "")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.unsettled: deque[tuple[str, int]] = deque(maxlen=50)  # path of an order, looks left
        self.etags: dict[str, str] = {}

    @task(4)
    def browse(self) -> None:
        """The list, then one item; a second look at the same one sends its ETag and usually gets 304."""
        self.client.get("/v1/items", headers=self.headers)
        item = random.choice(ITEMS)
        known = {"If-None-Match": self.etags[item]} if item in self.etags else {}
        answer = self.client.get(f"/v1/items/{item}", headers={**self.headers, **known}, name="/v1/items/{item_id}")
        if answer.status_code == 200 and "etag" in answer.headers:
            self.etags[item] = answer.headers["etag"]

    @task(3)
    def place(self) -> None:
        """An order; without a clear answer once more, under the same key."""
        order = {"item": random.choice(ITEMS), "quantity": random.randint(1, 3)}
        headers = {**self.headers, "Idempotency-Key": idempotency_key()}
        answer = self.client.post("/v1/orders", json=order, headers=headers)
        if answer.status_code in NO_CLEAR_ANSWER:
            answer = self.client.post("/v1/orders", json=order, headers=headers)
        if answer.status_code == 202:
            self.unsettled.append((answer.headers["location"], LOOKS))

    @task(3)
    def read_back(self) -> None:
        """The order that has waited longest: is it paid by now?"""
        if not self.unsettled:
            self.client.get("/v1/orders?limit=20", headers=self.headers, name="/v1/orders")
            return
        path, looks = self.unsettled.popleft()
        with self.client.get(path, headers=self.headers, name="/v1/orders/{order_id}", catch_response=True) as answer:
            if answer.status_code == 404:
                answer.failure("an order that was accepted is not there")
            settled = answer.status_code == 200 and answer.json()["status"] in ("paid", "cancelled")
        if not settled and looks > 1:
            self.unsettled.append((path, looks - 1))

    @task(1)
    def cancel(self) -> None:
        """A change of mind about the newest order. 409 is a fair answer: it is being charged, or paid."""
        if not self.unsettled:
            self.place()
        if not self.unsettled:
            return
        path, _ = self.unsettled.pop()
        url = f"{path}/cancel"
        with self.client.post(
            url, headers=self.headers, name="/v1/orders/{order_id}/cancel", catch_response=True
        ) as answer:
            if answer.status_code == 409:
                answer.success()

    @task(1)
    def transfer(self) -> None:
        """Money from one account to another. 409 is a fair answer: there is not enough of it."""
        source, target = random.sample(ACCOUNTS, 2)
        body = {"from": source, "to": target, "amount": random.randint(1, 500)}
        headers = {**self.headers, "Idempotency-Key": idempotency_key()}
        with self.client.post("/v1/transfers", json=body, headers=headers, catch_response=True) as answer:
            if answer.status_code == 409:
                answer.success()
