"""The stream of events in Valkey."""

from __future__ import annotations

from collections.abc import Sequence

from harness.reference.adapters.valkey import Valkey
from harness.reference.domain import Event

__all__ = ["STREAM", "ValkeyStream", "stream_fields"]

STREAM = "orders.events"
LONGEST = 1_000_000  # entries, roughly; older ones go


def stream_fields(event: Event) -> dict[str, str]:
    """An event as consumers read it."""
    return {
        "id": event.id,
        "type": event.type.value,
        "order": event.order,
        "key": event.key,
        "at": event.at.isoformat(),
    }


class ValkeyStream:
    """The port EventStream."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Append in the given order. Raises DependencyAway; some may have been appended then."""

        async def append(client):  # type: ignore[no-untyped-def]  # redis ships no usable types for pipelines
            pipeline = client.pipeline(transaction=False)
            for _, event in events:
                pipeline.xadd(STREAM, stream_fields(event), maxlen=LONGEST, approximate=True)
            return await pipeline.execute()

        await self._valkey.ask(append)
