"""What the relay counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

__all__ = ["RelayMetrics"]


class RelayMetrics:
    """Charges by outcome, and events published."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.charges = Counter("relay_charges", "Charges asked for.", ("outcome",), registry=registry)
        self.events = Counter("relay_events", "Events taken from the outbox.", registry=registry)
