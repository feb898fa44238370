"""What the relay counts, and what waits for it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

__all__ = ["RelayMetrics"]


class RelayMetrics:
    """Charges by outcome, events published, and what waits; a gauge is NaN while the database cannot be asked."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.charges = Counter("relay_charges", "Charges asked for.", ("outcome",), registry=registry)
        self.events = Counter("relay_events", "Events taken from the outbox.", registry=registry)
        self.pending = Gauge("relay_orders_pending", "Orders that wait to be charged.", registry=registry)
        self.outbox = Gauge("relay_outbox_events", "Events that wait to be published.", registry=registry)
