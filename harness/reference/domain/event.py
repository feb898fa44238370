"""What happened to an order, told to others at least once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Event", "EventType"]


class EventType(StrEnum):
    """The names that consumers see on the stream."""

    PLACED = "order.placed"
    PAID = "order.paid"
    CANCELLED = "order.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`key` is the order's Idempotency-Key. A consumer drops repeats by `id`."""

    id: str
    type: EventType
    order: str
    key: str
    at: datetime
