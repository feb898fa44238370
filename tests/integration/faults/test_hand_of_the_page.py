"""Faults that somebody puts on in the Locust UI, on a real Toxiproxy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import pytest

from harness.errors import BadInput
from harness.experiment.cockpit.fault_form import Asked
from harness.experiment.cockpit.hand import Hand
from harness.faults import RunClock, ToxiproxyClient, parse
from harness.guard import Guard
from harness.model import Edge, Target
from tests.integration.faults.conftest import Promises, Server

pytestmark = pytest.mark.integration
PATIENCE_S = 30.0


@pytest.fixture
def rows() -> list[Mapping[str, Any]]:
    return []


@pytest.fixture
def hand(server: Server, edges: dict[str, Edge], promises: Promises, rows: list[Mapping[str, Any]]) -> Iterator[Hand]:
    made = Hand(
        target=Target(name="mine", url="http://127.0.0.1:1", toxiproxy=server.url, edges=edges),
        guard=cast(Guard, promises),
        clock=RunClock(time.monotonic_ns(), time.monotonic_ns, time.time),
        emit=rows.append,
        run="h1",
        owner="me",
    )
    yield made
    made.close()


def asked(edge: str, kind: str, written: Mapping[str, str], seconds: float = 30.0) -> Asked:
    return Asked(name="f", edge=edge, kind=kind, disturbance=parse(kind, dict(written)), seconds=seconds)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_fault_that_comes_and_goes_is_in_force_until_somebody_ends_it(
    hand: Hand, edges: dict[str, Edge], client: ToxiproxyClient, rows: list[Mapping[str, Any]]
) -> None:
    """Between its windows, too: nobody else takes its edge, and healing ends what would have come back."""
    edge = next(iter(edges))
    hand.put(asked(edge, "down", {"for": "100ms", "every": "1s"}), "me")
    until(lambda: any(row["event"] == "removed" for row in rows))
    assert hand.hurting() == ("f",)
    with pytest.raises(BadInput, match="already has fault"):
        hand.put(asked(edge, "latency", {"delay": "1ms"}), "me")
    assert hand.heal_all() == 1
    assert hand.hurting() == ()
    assert client.proxies()[edges[edge].proxy].enabled
    assert all(row["every_s"] == 1.0 for row in rows)
    with pytest.raises(BadInput, match="in force"):
        hand.heal("f")


def test_a_fault_that_grows_ends_like_any_other(
    hand: Hand, edges: dict[str, Edge], client: ToxiproxyClient, rows: list[Mapping[str, Any]]
) -> None:
    """Healed in the middle of its steps."""
    edge = next(iter(edges))
    hand.put(asked(edge, "latency", {"delay": "from 1ms to 20ms over 5s"}), "me")
    until(lambda: any(row["event"] == "changed" for row in rows))
    hand.heal("f")
    assert hand.hurting() == ()
    assert not any(toxics for _, toxics in client.contents().values())
