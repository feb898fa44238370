"""The checkers by the names that scenarios use."""

from collections.abc import Mapping
from types import MappingProxyType

from harness.audit.checkers.effects_once import effects_once
from harness.audit.checkers.events_at_least_once import events_at_least_once
from harness.audit.checkers.money_conserved import money_conserved
from harness.audit.checkers.no_lost_orders import no_lost_orders
from harness.audit.checkers.one_charge_per_key import one_charge_per_key
from harness.audit.evidence import Checker, EffectsChecker

OF_ANY_SERVICE: Mapping[str, EffectsChecker] = MappingProxyType({"effects-once": effects_once})
CHECKERS: Mapping[str, Checker] = MappingProxyType(
    {
        **OF_ANY_SERVICE,
        "no-lost-orders": no_lost_orders,
        "one-charge-per-key": one_charge_per_key,
        "money-conserved": money_conserved,
        "events-at-least-once": events_at_least_once,
    }
)

__all__ = ["CHECKERS", "OF_ANY_SERVICE"]
