"""The relay: charges what was ordered, publishes what happened."""

from harness.reference.relay.app import create_app
from harness.reference.relay.charger import Charger
from harness.reference.relay.publisher import Publisher

__all__ = ["Charger", "Publisher", "create_app"]
