"""What the shop does: each use case is one function over ports, inside one transaction."""

from harness.reference.application.charge_order import Charging, charge_order, claim_due
from harness.reference.application.idempotency import Answer, KeyUse, fingerprint
from harness.reference.application.ids import IdSource
from harness.reference.application.orders import CancelOrder, PlaceOrder, cancel_order, place_order
from harness.reference.application.ports import (
    Charge,
    ChargeOutcome,
    DependencyAway,
    EventStream,
    Payments,
    Transaction,
    Transactions,
)
from harness.reference.application.publish import publish_events
from harness.reference.application.transfers import MakeTransfer, make_transfer

__all__ = [
    "Answer",
    "CancelOrder",
    "Charge",
    "ChargeOutcome",
    "Charging",
    "DependencyAway",
    "EventStream",
    "IdSource",
    "KeyUse",
    "MakeTransfer",
    "Payments",
    "PlaceOrder",
    "Transaction",
    "Transactions",
    "cancel_order",
    "charge_order",
    "claim_due",
    "fingerprint",
    "make_transfer",
    "place_order",
    "publish_events",
]
