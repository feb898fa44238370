"""What is true at the end: one final read of the service's own stores, after it came to rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import EnvironmentFailed


class Effects(Protocol):
    """Any final state, as far as it says which effects are there."""

    @property
    def quiescent(self) -> bool:
        """Whether nothing was under way when it was read."""

    @property
    def effects(self) -> Mapping[str, tuple[str, ...]]:
        """By kind, the keys of its effects, a key as often as its effect is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`status` is paid, cancelled, or still on its way."""

    id: str
    key: str
    status: str
    amount: int

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ("paid", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """`order` names the order it was taken for, whatever the key; `at` is RFC 3339 UTC."""

    id: str
    key: str
    order: str
    amount: int
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """An event as consumers can read it, `type` such as `order.paid`."""

    id: str
    type: str
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalState:
    """Amounts are integer cents. `quiescent` says that nothing was under way when it was read."""

    quiescent: bool
    orders: tuple[Order, ...]
    charges: tuple[Charge, ...]
    transfers: Mapping[str, int]
    opening_total: int
    total: int
    stock_opening: int
    stock_available: int
    stock_held: int
    events: tuple[OrderEvent, ...]

    @property
    def effects(self) -> Mapping[str, tuple[str, ...]]:
        """See `Effects`: orders and transfers."""
        transfers = tuple(key for key, n in self.transfers.items() for _ in range(n))
        return {"place": tuple(order.key for order in self.orders), "transfer": transfers}

    @classmethod
    def of(cls, read: Mapping[str, Any]) -> FinalState:
        """From the JSON of a final read. Raises EnvironmentFailed where it has another shape."""
        try:
            transfers: dict[str, int] = {}
            for transfer in read["transfers"]:
                transfers[transfer["key"]] = transfers.get(transfer["key"], 0) + 1
            return cls(
                quiescent=bool(read["quiescent"]),
                orders=tuple(
                    Order(id=str(o["id"]), key=o["key"], status=o["status"], amount=o["amount"]) for o in read["orders"]
                ),
                charges=tuple(
                    Charge(id=str(c["id"]), key=c["key"], order=str(c["order"]), amount=c["amount"], at=str(c["at"]))
                    for c in read["charges"]
                ),
                transfers=transfers,
                opening_total=read["accounts"]["opening_total"],
                total=read["accounts"]["total"],
                stock_opening=read["stock"]["opening"],
                stock_available=read["stock"]["available"],
                stock_held=read["stock"]["held"],
                events=tuple(
                    OrderEvent(id=str(e["id"]), type=e["type"], order=str(e["order"])) for e in read["events"]
                ),
            )
        except (KeyError, TypeError) as error:
            raise EnvironmentFailed(
                f"The final read of the service lacks {error}.",
                "It should hold orders, charges, transfers, accounts, stock and events.",
            ) from error
