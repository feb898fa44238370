"""Money that moved between two accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from harness.reference.domain.account import Account
from harness.reference.domain.errors import SelfTransfer

__all__ = ["Transfer", "move"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """`amount` in cents, always positive. `key` is the Idempotency-Key it was asked for with."""

    id: str
    key: str
    source: str
    target: str
    amount: int
    at: datetime


def move(amount: int, *, source: Account, target: Account) -> tuple[Account, Account]:
    """Both accounts after the move; what they hold together stays the same. Raises SelfTransfer, Overdraft."""
    if source.id == target.id:
        raise SelfTransfer(f"Account {source.id} can't transfer to itself.")
    if amount <= 0:
        raise ValueError(f"{amount} cents can't be transferred")
    return source.debit(amount), target.credit(amount)
