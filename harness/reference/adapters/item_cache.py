"""Items in Valkey. Away means: ask the database."""

from __future__ import annotations

import json
from dataclasses import asdict

from harness.reference.adapters.valkey import Valkey
from harness.reference.application import DependencyAway
from harness.reference.domain import Item

__all__ = ["ItemCache"]

FRESH_MS = 5000


class ItemCache:
    """Fails open: a cache that is away holds nothing and forgets everything."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    async def get(self, item: str) -> Item | None:
        """The item, if it is there."""
        try:
            text = await self._valkey.ask(lambda client: client.get(f"item:{item}"))
        except DependencyAway:
            return None
        return Item(**json.loads(text)) if text else None

    async def put(self, item: Item) -> None:
        """Keep it for five seconds."""
        text = json.dumps(asdict(item))
        try:
            await self._valkey.ask(lambda client: client.set(f"item:{item.id}", text, px=FRESH_MS))
        except DependencyAway:
            return
