"""Something for sale."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`price` in cents. How many are left is the stock's business, so that an item's representation rarely changes."""

    id: str
    name: str
    price: int
