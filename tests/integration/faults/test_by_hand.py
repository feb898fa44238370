"""Faults by hand, as a library: each has an end, and a row says who, when and from where."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput, EnvironmentFailed, ToxiproxyError
from harness.faults import ByHand, Injector, RunClock, ToxiproxyClient, ls, parse
from harness.model import Limits

pytestmark = pytest.mark.integration
SLOW = parse("latency", {"delay": "100ms"})
Rows = list[dict[str, Any]]


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


@pytest.fixture
def rows() -> Rows:
    return []


@pytest.fixture
def hand(injector: Injector, rows: Rows) -> Iterator[ByHand]:
    limits = Limits(max_fault=30.0, edges=("http", "redis"))
    clock = RunClock(time.monotonic_ns(), time.monotonic_ns, time.time)
    one = ByHand(
        injector, limits=limits, clock=clock, emit=rows.append, who="me@here", origin={"host": "here", "pid": 7}
    )
    yield one
    one.close()


def test_it_ends_at_its_time_and_is_told(hand: ByHand, rows: Rows, client: ToxiproxyClient, promises: Any) -> None:
    """Put on from one thread, ended by another; who, when and from where stand in each row."""
    held = hand.add("http", SLOW, 0.3, who="anna")
    assert [one.toxic for one in ls(client)] == [held.made.toxic]
    assert hand.wait(held.name, 20)
    assert client.toxics("http") == {}
    assert promises.open == []
    assert [(row["event"], row["who"]) for row in rows] == [
        ("asked", "anna"),
        ("in force", "anna"),
        ("removed", "me@here"),
    ]
    assert all(row["host"] == "here" and row["utc"].endswith("Z") and row["by_hand"] for row in rows)
    (record,) = hand.records
    assert (record.healed, record.in_force) == (True, None)


def test_several_from_several_threads(hand: ByHand, client: ToxiproxyClient, promises: Any) -> None:
    """Names are made apart; closing ends what is left, a taken-down proxy too."""
    threads = [
        threading.Thread(target=hand.add, args=(edge, kind, 20))
        for edge, kind in (("http", SLOW), ("http", SLOW), ("redis", parse("down", {})))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.name for one in hand.held}) == 3
    hand.heal(hand.held[0].name)
    assert len(ls(client)) == 2
    hand.close()
    assert ls(client) == ()
    assert client.proxy("redis").enabled
    assert promises.open == []


def test_what_is_not_allowed_is_refused(hand: ByHand, promises: Any) -> None:
    """Too long, without an end, on an edge that may not be hurt, an unknown name: nothing is changed."""
    for edge, seconds, says in (
        ("http", 31, "up to 30s"),
        ("http", 0, "above 0s"),
        ("raw", 1, "not allowed"),
    ):
        with pytest.raises(BadInput, match=says):
            hand.add(edge, SLOW, seconds)
    with pytest.raises(BadInput, match="called `nothing`"):
        hand.heal("nothing")
    assert promises.made == []


def test_a_disabled_proxy_is_refused_and_told(hand: ByHand, rows: Rows, client: ToxiproxyClient) -> None:
    """A toxic there would have no effect."""
    client.disable("http")
    with pytest.raises(ToxiproxyError, match="disabled by somebody"):
        hand.add("http", SLOW, 1)
    assert [row["event"] for row in rows] == ["asked", "failed"]


def test_what_cannot_be_told_is_not_done(injector: Injector, promises: Any) -> None:
    """A journal that cannot be written, before the change; a row that is lost after it keeps no fault in the world."""
    full = threading.Event()

    def emit(row: dict[str, object]) -> None:
        if full.is_set():
            raise EnvironmentFailed("No space left on device.")

    clock = RunClock(time.monotonic_ns(), time.monotonic_ns, time.time)
    hand = ByHand(injector, limits=Limits(), clock=clock, emit=emit, who="me", origin={})
    held = hand.add("http", SLOW, 20)
    full.set()
    with pytest.raises(EnvironmentFailed):
        hand.add("redis", SLOW, 20)
    assert len(promises.made) == 1
    assert hand.heal(held.name).found
    assert hand.untold is not None
    hand.close()


def test_the_documents_example_runs(server: Any, client: ToxiproxyClient) -> None:
    """What docs/faults.md shows from Python, on the server of this test."""
    text = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(code.replace("http://127.0.0.1:8474", server.url), names)
    assert [row["event"] for row in names["rows"]] == ["asked", "in force", "removed"]
    assert client.toxics("postgres") == {}
