"""Where identifiers come from: a clock and a source of randomness, given by the edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.reference.domain import Event, EventType, Order, sortable_id
from harness.reference.domain.ids import ENTROPY_BYTES

__all__ = ["IdSource"]


@dataclass(frozen=True, slots=True)
class IdSource:
    """`clock` gives seconds since 1970, `entropy` that many random bytes."""

    clock: Callable[[], float]
    entropy: Callable[[int], bytes]

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self.clock(), tz=UTC)

    def new(self, prefix: str) -> str:
        """A fresh identifier."""
        return sortable_id(prefix, int(self.clock() * 1000), self.entropy(ENTROPY_BYTES))

    def event(self, kind: EventType, order: Order) -> Event:
        """That `kind` happened to `order`, now."""
        return Event(id=self.new("evt"), type=kind, order=order.id, key=order.key, at=self.now())
