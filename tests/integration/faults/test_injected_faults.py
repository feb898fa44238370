"""Every fault against a real Toxiproxy: read back, seen by the canary, gone afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.faults import Canary, Injector, ToxiproxyClient, parse
from harness.model import Anchor, Fault
from tests.integration.faults.conftest import Upstream

pytestmark = pytest.mark.integration


def fault(kind: str, mapping: dict[str, object], edge: str, name: str = "f1", duration: float = 10) -> Fault:
    return Fault(name=name, edge=edge, disturbance=parse(kind, mapping), at=Anchor(0), duration=duration)


CASES = [
    ("latency", {"delay": "150ms"}),
    ("latency", {"delay": "300ms", "jitter": "150ms"}),
    ("latency", {"delay": "150ms", "stream": "upstream"}),
    ("latency", {"delay": "400ms", "toxicity": "30%"}),
    ("timeout", {}),
    ("timeout", {"after": "200ms"}),
    ("timeout", {"after": "200ms", "stream": "upstream"}),
    ("reset", {}),
    ("reset", {"after": "100ms", "stream": "upstream"}),
    ("reset", {"toxicity": "30%"}),
    ("down", {}),
]
HTTP_CASES = [
    ("bandwidth", {"rate": "10KB/s"}),
    ("slow_close", {"delay": "300ms"}),
    ("slicer", {"size": "500B", "delay": "30ms"}),
    ("limit_data", {"bytes": "1KB"}),
]


@pytest.mark.parametrize("edge", ["http", "redis", "postgres"])
@pytest.mark.parametrize(("kind", "mapping"), CASES)
def test_a_fault_is_seen_and_then_gone(
    kind: str, mapping: dict[str, object], edge: str, injector: Injector, canary: Callable[[str], Canary]
) -> None:
    """In the protocol of the edge: not seen before, seen in force, gone after."""
    sees(kind, mapping, edge, injector, canary)


@pytest.mark.parametrize(("kind", "mapping"), HTTP_CASES)
def test_what_needs_a_long_answer_is_seen_in_http(
    kind: str, mapping: dict[str, object], injector: Injector, canary: Callable[[str], Canary]
) -> None:
    """One byte of PostgreSQL would show none of these."""
    sees(kind, mapping, "http", injector, canary)


def sees(kind: str, mapping: dict[str, object], edge: str, injector: Injector, canary: Callable[[str], Canary]) -> None:
    one, eye = fault(kind, mapping, edge), canary(edge)
    baseline = eye.baseline()
    before = eye.look(one.disturbance, baseline, within_s=3)  # type: ignore[arg-type]
    injector.apply(one)
    during = eye.look(one.disturbance, baseline, within_s=8)  # type: ignore[arg-type]
    removal = injector.heal(one.name)
    after = eye.look_after(one.disturbance, baseline)  # type: ignore[arg-type]
    assert (before.seen, during.seen, removal.found, after.seen) == (False, True, True, True), (before, during, after)


@pytest.mark.parametrize("edge", ["postgres", "redis"])
def test_a_small_share_is_looked_for_on_enough_fresh_connections(
    edge: str, injector: Injector, canary: Callable[[str], Canary], upstream: Upstream
) -> None:
    """5 %: 135 connections are counted behind the proxy before it is said to be without effect, which is wrong once in a thousand."""
    one, eye = fault("latency", {"delay": "800ms", "toxicity": "5%"}, edge), canary(edge)
    baseline = eye.baseline()
    counted = upstream.accepted
    assert counted == 5
    idle = eye.look(one.disturbance, baseline, within_s=60)  # type: ignore[arg-type]
    assert (idle.seen, upstream.accepted - counted) == (False, 135), idle
    assert idle.evidence.startswith("0 of 135 connections show")
    injector.apply(one)
    counted = upstream.accepted
    sights = [eye.look(one.disturbance, baseline, within_s=60) for _ in range(2)]  # type: ignore[arg-type]
    assert True in [sight.seen for sight in sights], sights
    assert upstream.accepted - counted <= 2 * 135
    injector.heal_all()


def test_what_a_probe_cannot_show_is_unknown(injector: Injector, canary: Callable[[str], Canary]) -> None:
    """One byte through a narrow line, and an edge without a protocol."""
    narrow, slow = fault("bandwidth", {"rate": "10KB/s"}, "postgres"), fault("latency", {"delay": "1s"}, "raw", "f2")
    for one in (narrow, slow):
        eye = canary(one.edge)
        baseline = eye.baseline()
        injector.apply(one)
        assert eye.look(one.disturbance, baseline, within_s=3).seen is None  # type: ignore[arg-type]
    injector.heal_all()


def test_a_toxic_says_whose_it_is(injector: Injector, client: ToxiproxyClient) -> None:
    """Owner, run, deadline and fault stand in its name, and its attributes read back as asked."""
    made = injector.apply(fault("latency", {"delay": "800ms", "toxicity": "50%"}, "http", "slow"))
    (toxic,) = client.toxics("http").values()
    assert toxic.name == made.toxic
    assert toxic.name.startswith("harness_me-here_run1_")
    assert toxic.name.endswith("_slow")
    assert (toxic.type, toxic.attributes, toxic.toxicity) == ("latency", {"latency": 800, "jitter": 0}, 0.5)
    injector.heal_all()
    assert client.toxics("http") == {}


def test_faults_on_one_edge_end_one_by_one(injector: Injector, client: ToxiproxyClient) -> None:
    """Healing one of two leaves the other, also where both take the edge down."""
    injector.apply(fault("down", {}, "http", "first"))
    injector.apply(fault("down", {}, "http", "second"))
    injector.heal("first")
    assert not client.proxy("http").enabled
    assert injector.heal("second").found
    assert client.proxy("http").enabled
    assert client.toxics("http") == {}
