"""The bundled stack, with clients for its API and its faults."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.guard import Guard
from harness.reference.final_read import final_read
from harness.reference.tokens import CUSTOMER, OPERATOR, mint
from harness.stack import Stack, StackSettings

LONGEST_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Shop:
    """A running stack as tests use it."""

    stack: Stack

    def client(self, subject: str, *scopes: str) -> httpx.Client:
        """The API as `subject` sees it, through the front edge; with both scopes unless some are named."""
        token = mint(self.stack.environment["HARNESS_JWT_SECRET"], subject, scopes or (CUSTOMER, OPERATOR), 3600)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.stack.url, headers=headers, timeout=10, trust_env=False)

    def read(self) -> dict[str, Any]:
        """The final read, of a shop that has nothing left to do. Why it still has is in the relay's log."""
        env = self.stack.environment
        state = final_read(
            env["HARNESS_DATABASE_URL"],
            env["HARNESS_CACHE_URL"],
            env["HARNESS_PAYMENTS_URL"],
            timeout_s=2 * LONGEST_WAIT_S,
        )
        assert state["quiescent"], _what_waits(self.stack, state)
        return state

    @contextmanager
    def hurt(self, edge: str, toxic: Mapping[str, Any] | None) -> Iterator[None]:
        """An edge with a toxic on it, or cut where there is none to name."""
        proxy = f"/proxies/{self.stack.edges[edge].proxy}"
        with httpx.Client(base_url=self.stack.toxiproxy_url, timeout=10, trust_env=False) as toxiproxy:
            if toxic is None:
                toxiproxy.patch(proxy, json={"enabled": False}).raise_for_status()
            else:
                toxiproxy.post(f"{proxy}/toxics", json={"name": "hurt", **toxic}).raise_for_status()
            try:
                yield
            finally:
                if toxic is None:
                    toxiproxy.patch(proxy, json={"enabled": True}).raise_for_status()
                else:
                    toxiproxy.delete(f"{proxy}/toxics/hurt").raise_for_status()


def _what_waits(stack: Stack, state: Mapping[str, Any]) -> str:
    waiting = [order for order in state["orders"] if order["status"] in ("pending", "charging")]
    log = stack.services["relay"].spec.log.read_text().splitlines()
    return "\n".join([f"{len(waiting)} orders wait, {stack.watch()}. The relay's last words:", *log[-30:]])


@contextmanager
def running_shop(folder: Path, *defects: str) -> Iterator[Shop]:
    """A stack of its own."""
    guard = Guard.start(folder / "guard.journal", name="reference tests")
    try:
        with Stack.start(StackSettings(defects=defects), guard, folder / "stack", progress=lambda _: None) as stack:
            yield Shop(stack)
    finally:
        guard.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Without defects. It ends with the file: an idle stack takes a tenth of a core from whatever comes next."""
    with running_shop(tmp_path_factory.mktemp("reference")) as running:
        yield running


@pytest.fixture(scope="module")
def broken_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """With every defect."""
    with running_shop(tmp_path_factory.mktemp("broken"), "double-charge", "lost-event", "schema-drift") as running:
        yield running


def new_key() -> str:
    """A fresh Idempotency-Key."""
    return uuid.uuid4().hex


def place(client: httpx.Client, *, item: str = "kettle", quantity: int = 1, key: str = "") -> httpx.Response:
    """Ask for an order."""
    body = {"item": item, "quantity": quantity}
    return client.post("/v1/orders", json=body, headers={"Idempotency-Key": key or new_key()})


def until(question: Callable[[], bool]) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while not question():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
