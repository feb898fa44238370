"""An order and the only ways it may go.

    pending ──claim──> charging ──pay──────> paid
       │  ^               │ └────decline──> cancelled
       │  └──release──────┘                    ^
       └────────────────cancel─────────────────┘

`charging` says that money may already have moved: from there a customer can't cancel, and only proof that nothing was sent
(`release`) leads back. So no order ends cancelled and charged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from harness.reference.domain.errors import NotCancellable, WrongStep

__all__ = ["Order", "OrderStatus"]


class OrderStatus(StrEnum):
    """Where an order stands. `paid` and `cancelled` are final."""

    PENDING = "pending"
    CHARGING = "charging"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`amount` in cents. `key` is the customer's Idempotency-Key, under which it is charged. `attempts` counts claims for charging;
    `due_at` is when the next one may start, which is also when a claim lapses whose holder has died."""

    id: str
    key: str
    subject: str
    item: str
    quantity: int
    amount: int
    status: OrderStatus
    placed_at: datetime
    attempts: int = 0
    due_at: datetime

    @property
    def settled(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in (OrderStatus.PAID, OrderStatus.CANCELLED)

    def claim(self, *, until: datetime) -> Order:
        """Take it for charging; nobody else will before `until`. A lapsed claim may be claimed again."""
        if self.settled:
            raise WrongStep(f"Order {self.id} is {self.status}, so there is nothing to charge.")
        return replace(self, status=OrderStatus.CHARGING, attempts=self.attempts + 1, due_at=until)

    def retry(self, *, at: datetime) -> Order:
        """The charge's outcome is not known: ask again later, still charging."""
        self._demand_charging("retried")
        return replace(self, due_at=at)

    def release(self, *, at: datetime) -> Order:
        """The charge certainly did not happen: back to pending, until `at`."""
        self._demand_charging("released")
        return replace(self, status=OrderStatus.PENDING, due_at=at)

    def pay(self) -> Order:
        """The money came."""
        self._demand_charging("paid")
        return replace(self, status=OrderStatus.PAID)

    def decline(self) -> Order:
        """The provider said no."""
        self._demand_charging("declined")
        return replace(self, status=OrderStatus.CANCELLED)

    def cancel(self) -> Order:
        """The customer changed their mind. Raises NotCancellable once charging has begun; cancelling twice changes nothing."""
        if self.status is OrderStatus.CANCELLED:
            return self
        if self.status is not OrderStatus.PENDING:
            raise NotCancellable(f"Order {self.id} is {self.status}; only a pending order can be cancelled.")
        return replace(self, status=OrderStatus.CANCELLED)

    def _demand_charging(self, step: str) -> None:
        if self.status is not OrderStatus.CHARGING:
            raise WrongStep(f"Order {self.id} is {self.status}, so it can't be {step}.")
