"""What the shop is about. Pure values and rules; imports nobody."""

from harness.reference.domain.account import Account
from harness.reference.domain.errors import (
    BooksDontBalance,
    DomainError,
    KeyReused,
    NotCancellable,
    OutOfStock,
    Overdraft,
    SelfTransfer,
    Unknown,
    WrongStep,
)
from harness.reference.domain.event import Event, EventType
from harness.reference.domain.ids import sortable_id
from harness.reference.domain.item import Item
from harness.reference.domain.order import Order, OrderStatus
from harness.reference.domain.stock import Stock
from harness.reference.domain.transfer import Transfer, move

__all__ = [
    "Account",
    "BooksDontBalance",
    "DomainError",
    "Event",
    "EventType",
    "Item",
    "KeyReused",
    "NotCancellable",
    "Order",
    "OrderStatus",
    "OutOfStock",
    "Overdraft",
    "SelfTransfer",
    "Stock",
    "Transfer",
    "Unknown",
    "WrongStep",
    "move",
    "sortable_id",
]
