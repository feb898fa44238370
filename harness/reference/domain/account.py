"""An account of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.reference.domain.errors import Overdraft

__all__ = ["Account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`opening` and `balance` in cents; the balance is never negative."""

    id: str
    opening: int
    balance: int

    def debit(self, amount: int) -> Account:
        """Take `amount` out. Raises Overdraft."""
        if amount > self.balance:
            raise Overdraft(f"Account {self.id} holds {self.balance} cents, less than {amount}.")
        return replace(self, balance=self.balance - amount)

    def credit(self, amount: int) -> Account:
        """Put `amount` in."""
        return replace(self, balance=self.balance + amount)
