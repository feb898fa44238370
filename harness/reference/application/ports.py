"""What the use cases need from outside. The adapters provide it; tests may bring their own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from harness.reference.application.idempotency import Answer, KeyUse
from harness.reference.domain import Account, Event, Item, Order, Stock, Transfer

__all__ = [
    "Accounts",
    "Charge",
    "ChargeOutcome",
    "DependencyAway",
    "EventStream",
    "Items",
    "Keys",
    "Orders",
    "Outbox",
    "Payments",
    "Stocks",
    "Transaction",
    "Transactions",
    "Transfers",
]


class DependencyAway(Exception):
    """A dependency refused, broke off or took too long. What was asked of it may or may not have happened."""

    def __init__(self, dependency: str, why: str) -> None:
        super().__init__(f"{dependency} is away: {why}")
        self.dependency = dependency


class Items(Protocol):
    """The catalogue."""

    async def read(self, item: str) -> Item | None: ...
    async def page(self, *, after: str, limit: int) -> Sequence[Item]: ...


class Stocks(Protocol):
    """Both raise OutOfStock rather than let a count fall below zero, whatever runs beside them."""

    async def hold(self, item: str, quantity: int) -> Stock: ...
    async def give_back(self, item: str, quantity: int) -> Stock: ...


class Orders(Protocol):
    """Orders; `lock` keeps others from changing the row until the transaction ends."""

    async def add(self, order: Order) -> None: ...
    async def save(self, order: Order) -> None: ...
    async def read(self, order: str) -> Order | None: ...
    async def lock(self, order: str) -> Order | None: ...
    async def page(self, subject: str, *, before: str, limit: int) -> Sequence[Order]: ...
    async def lock_due(self, *, now: datetime, limit: int) -> Sequence[Order]: ...
    async def save_all(self, orders: Sequence[Order]) -> None: ...
    async def waiting(self) -> int: ...


class Accounts(Protocol):
    """The ledger's accounts; `lock` takes rows in one order everywhere, so that transfers can't deadlock."""

    async def read(self, account: str) -> Account | None: ...
    async def page(self, *, after: str, limit: int) -> Sequence[Account]: ...
    async def lock(self, *accounts: str) -> dict[str, Account]: ...
    async def save(self, *accounts: Account) -> None: ...


class Transfers(Protocol):
    """What moved."""

    async def add(self, transfer: Transfer) -> None: ...
    async def read(self, transfer: str) -> Transfer | None: ...


class Outbox(Protocol):
    """Events that still have to be published; `take` hides them from others until the transaction ends."""

    async def add(self, event: Event) -> None: ...
    async def take(self, limit: int) -> Sequence[tuple[int, Event]]: ...
    async def drop(self, sequence_numbers: Sequence[int]) -> None: ...
    async def waiting(self) -> int: ...


class Keys(Protocol):
    """Idempotency keys. `claim` stores and returns None, or returns the (fingerprint, answer) that is already there."""

    async def claim(self, use: KeyUse, answer: Answer) -> tuple[str, Answer] | None: ...


class Transaction(Protocol):
    """All or nothing of the members below."""

    @property
    def items(self) -> Items: ...
    @property
    def stocks(self) -> Stocks: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def transfers(self) -> Transfers: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def keys(self) -> Keys: ...


class Transactions(Protocol):
    """Where transactions come from. Commits at the end of the block, rolls back on an exception; raises DependencyAway."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...


class ChargeOutcome(Enum):
    """What is known after asking for a charge."""

    PAID = "paid"
    DECLINED = "declined"
    NOT_SENT = "not sent"  # the provider never saw it: nothing was listening
    UNKNOWN = "unknown"  # it may have been charged: a time-out, a reset, a 5xx


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """`amount` in cents for `order`, asked for under `key`."""

    key: str
    order: str
    amount: int


class Payments(Protocol):
    """The provider. Never raises for an outage: that is an outcome."""

    async def charge(self, charge: Charge) -> ChargeOutcome: ...


class EventStream(Protocol):
    """Where events go, in the order given. Raises DependencyAway, after which some may have gone out."""

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None: ...
