"""What the routes of one process share, and how a request gets at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from harness.reference.adapters import Database, ItemCache, RateLimit, Valkey
from harness.reference.application import IdSource
from harness.reference.defects import Linger, ReadPage

__all__ = ["Parts", "Shared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`order_view` is the last touch on the body of read_order; `item_page` reads for list_items; `linger` stands before the commit of
    place_order. They are the seams of the defects `schema-drift`, `slow-list` and `slow-place`."""

    database: Database
    valkey: Valkey
    items: ItemCache
    limit: RateLimit
    ids: IdSource
    jwt_secret: str
    order_view: Callable[[dict[str, Any]], dict[str, Any]]
    item_page: ReadPage
    linger: Linger


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Shared = Annotated[Parts, Depends(_parts)]
