"""How many of an item there are, and how many of them orders hold."""

from __future__ import annotations

from dataclasses import dataclass

from harness.reference.domain.errors import BooksDontBalance, OutOfStock

__all__ = ["Stock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """`held` is the sum over all orders that are not cancelled, so `opening == available + held` at any moment."""

    item: str
    opening: int
    available: int
    held: int

    def __post_init__(self) -> None:
        if self.available < 0 or self.held < 0 or self.opening != self.available + self.held:
            raise BooksDontBalance(f"Stock of {self.item}: {self.opening} != {self.available} + {self.held}")

    def hold(self, quantity: int) -> Stock:
        """Reserve for an order. Raises OutOfStock."""
        if quantity > self.available:
            raise OutOfStock(f"{quantity} of {self.item} were asked for, {self.available} are left.")
        return self._moved(quantity)

    def give_back(self, quantity: int) -> Stock:
        """Return what a cancelled order held."""
        return self._moved(-quantity)

    def _moved(self, quantity: int) -> Stock:
        return Stock(
            item=self.item, opening=self.opening, available=self.available - quantity, held=self.held + quantity
        )
