"""One user of a load without a locustfile."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.load.calls import MOST_KNOWN, Caller
from harness.model.call import Call, Taken, Variant


@dataclass
class Said:
    """An answer."""

    status_code: int = 200
    body: Any = None
    headers: Mapping[str, str] | None = field(default_factory=dict)

    def json(self) -> Any:
        """The body."""
        if self.body is None:
            raise ValueError("no JSON")
        return self.body


@dataclass
class Shop:
    """Counts orders; answers by what is asked."""

    refuses: bool = False
    placed: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)

    def send(self, call: Call, _variant: Variant, path: str) -> Said:
        """What a server would say."""
        self.seen.append((call.name, path))
        if call.name == "place":
            self.placed += 1
            return Said(503, headers=None) if self.refuses else Said(202, {"id": f"o{self.placed}"})
        return Said()


def call(name: str, path: str, *, method: str = "GET", weight: float = 1, **takes: Taken) -> Call:
    """One variant."""
    return Call(name=name, method=method, variants=(Variant(path=path),), weight=weight, takes=takes)


PLACE = call("place", "/orders", method="POST", weight=0)
READ = call("read", "/orders/{id}", id=Taken(call="place", pointer="/id"))


def test_what_a_call_needs_is_asked_for_first() -> None:
    """An order is placed before it is read; the next read takes the order that is known."""
    shop = Shop()
    user = Caller((PLACE, READ), shop.send)
    user.once()
    user.once()
    assert shop.seen == [("place", "/orders"), ("read", "/orders/o1"), ("read", "/orders/o1")]


def test_without_a_value_the_source_is_all_that_is_sent() -> None:
    """The iteration's one request is the one that was refused; nothing goes to a made-up id."""
    shop = Shop(refuses=True)
    Caller((PLACE, READ), shop.send).once()
    assert shop.seen == [("place", "/orders")]


def test_what_was_deleted_is_not_asked_for_again() -> None:
    """A deleted order is forgotten, so the next iteration places another."""
    shop = Shop()
    gone = call("drop", "/orders/{id}", method="DELETE", id=Taken(call="place", pointer="/id"))
    user = Caller((PLACE, gone), shop.send)
    user.once()
    user.once()
    assert shop.seen == [("place", "/orders"), ("drop", "/orders/o1"), ("place", "/orders"), ("drop", "/orders/o2")]


def test_calls_that_need_each_other_end() -> None:
    """A circle of links sends nothing for ever: it gives up after a few steps."""
    shop = Shop()
    first = call("a", "/a/{x}", x=Taken(call="b", pointer="/x"))
    second = call("b", "/b/{x}", x=Taken(call="a", pointer="/x"))
    Caller((first, second), shop.send).once()
    assert shop.seen == []


def test_a_user_remembers_the_newest_values() -> None:
    """Memory is bounded."""
    shop = Shop()
    user = Caller((call("place", "/orders", method="POST"), replace(READ, weight=0)), shop.send)
    for _ in range(3 * MOST_KNOWN):
        user.once()
    (known,) = user._known.values()
    assert list(known) == [f"o{n}" for n in range(2 * MOST_KNOWN + 1, 3 * MOST_KNOWN + 1)]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any), st.integers(0, 2**32))
def test_calls_are_drawn_by_weight(weights: list[int], seed: int) -> None:
    """A weight of 0 is never drawn by itself, and shares follow weights."""
    shop = Shop()
    calls = tuple(call(str(n), f"/{n}", weight=weight) for n, weight in enumerate(weights))
    user = Caller(calls, shop.send, random.Random(seed).random)
    for _ in range(2000):
        user.once()
    counts = Counter(name for name, _ in shop.seen)
    for n, weight in enumerate(weights):
        share = weight / sum(weights)
        assert abs(counts[str(n)] / 2000 - share) <= 6 * (share * (1 - share) / 2000) ** 0.5
