"""Defects that can be switched on, so that the harness is seen to fail for the right reason. Each is one seam."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import BadInput
from harness.reference.application.ports import DependencyAway, EventStream, Items
from harness.reference.domain import Event, Item, Order

__all__ = ["DEFECTS", "Defects", "LossyStream"]

DEFECTS = {
    "double-charge": "a charge whose outcome is not known is asked for again under a fresh key",
    "lost-event": "an event is dropped when the stream is away, and one in twenty always",
    "schema-drift": "read_order answers with the amount as a string",
    "slow-list": "list_items reads every item of its page once more, one query after the other",
    "slow-place": "place_order keeps its lock on the item's stock for a fifth longer than it needs",
}
EVERY_TWENTIETH = 20
A_FIFTH = 0.2

ReadPage = Callable[[Items, str, int], Awaitable[Sequence[Item]]]
Linger = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Defects:
    """Those that are on."""

    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Defects:
        """From names with commas between them. Raises BadInput for one that isn't known."""
        names = [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name not in DEFECTS:
                near = difflib.get_close_matches(name, DEFECTS, 1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(DEFECTS)}."
                raise BadInput(f"There is no defect {name!r}.", hint)
        return cls(frozenset(names))

    def charge_key(self) -> Callable[[Order], str]:
        """The rule for the key of a charge: the order's own, however often it is asked for."""
        return _fresh_key_on_retry if "double-charge" in self.names else _order_key

    def stream(self, stream: EventStream) -> EventStream:
        """The stream to publish to."""
        return LossyStream(stream) if "lost-event" in self.names else stream

    def order_view(self) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """The last touch on the body of read_order."""
        return _amount_as_text if "schema-drift" in self.names else _unchanged

    def item_page(self) -> ReadPage:
        """How list_items reads at most so many items past one."""
        return _each_again if "slow-list" in self.names else _page

    def linger(self) -> Linger:
        """What place_order does between its last statement and the commit; it is told how many seconds it has taken."""
        return _a_fifth_longer if "slow-place" in self.names else _at_once


class LossyStream:
    """Swallows an outage, and every twentieth event."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Publish some."""
        kept = [(sequence, event) for sequence, event in events if sequence % EVERY_TWENTIETH]
        try:
            if kept:
                await self._stream.publish(kept)
        except DependencyAway:
            return  # the defect: what was not published is forgotten


def _order_key(order: Order) -> str:
    return order.key


def _fresh_key_on_retry(order: Order) -> str:
    return order.key if order.attempts == 1 else f"{order.key}.retry-{order.attempts}"


def _unchanged(body: dict[str, Any]) -> dict[str, Any]:
    return body


def _amount_as_text(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "amount": f"{body['amount'] / 100:.2f}"}


async def _page(items: Items, after: str, limit: int) -> Sequence[Item]:
    return await items.page(after=after, limit=limit)


async def _each_again(items: Items, after: str, limit: int) -> Sequence[Item]:
    read = [await items.read(item.id) for item in await items.page(after=after, limit=limit)]
    return [item for item in read if item is not None]


async def _at_once(_: float) -> None:
    return


async def _a_fifth_longer(taken_s: float) -> None:
    await asyncio.sleep(A_FIFTH * taken_s)
