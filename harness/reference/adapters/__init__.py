"""The outside world behind the ports: Postgres, Valkey, the payments provider."""

from harness.reference.adapters.breaker import Breaker
from harness.reference.adapters.database import Database
from harness.reference.adapters.event_stream import ValkeyStream
from harness.reference.adapters.item_cache import ItemCache
from harness.reference.adapters.payments_client import PaymentsClient
from harness.reference.adapters.rate_limit import RateLimit
from harness.reference.adapters.tables import metadata
from harness.reference.adapters.valkey import Valkey

__all__ = [
    "Breaker",
    "Database",
    "ItemCache",
    "PaymentsClient",
    "RateLimit",
    "Valkey",
    "ValkeyStream",
    "metadata",
]
