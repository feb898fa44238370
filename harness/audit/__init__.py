"""What the service promised its clients, held against what is true in the end."""

from harness.audit.asked import Asked
from harness.audit.checkers import CHECKERS, OF_ANY_SERVICE
from harness.audit.evidence import Evidence, Violation
from harness.audit.history import Event, History, Told, history_of, told_by
from harness.audit.judge import audit, not_read
from harness.audit.kept import Kept
from harness.audit.recorder import Recorder
from harness.audit.state import Charge, FinalState, Order, OrderEvent

__all__ = [
    "CHECKERS",
    "OF_ANY_SERVICE",
    "Asked",
    "Charge",
    "Event",
    "Evidence",
    "FinalState",
    "History",
    "Kept",
    "Order",
    "OrderEvent",
    "Recorder",
    "Told",
    "Violation",
    "audit",
    "history_of",
    "not_read",
    "told_by",
]
