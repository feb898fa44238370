"""Every order that a client was promised exists once and comes to an end; every refused one does not exist."""

from __future__ import annotations

from collections import Counter

from harness.audit.evidence import Evidence, Violation, weigh
from harness.audit.history import History, Told
from harness.audit.state import FinalState


def no_lost_orders(history: History, state: FinalState) -> Evidence:
    """Jepsen's `set` checker: lost = acknowledged minus read, unexpected = read minus attempted; info may go either way."""
    told = history.by_key("place")
    kept = Counter(order.key for order in state.orders if history.owns(order.key))
    violations = [
        *(_lost(key) for key, word in told.items() if word is Told.OK and not kept[key]),
        *(_refused(key) for key, word in told.items() if word is Told.FAIL and kept[key]),
        *(_twice(key, n) for key, n in kept.items() if n > 1),
    ]
    promised = sum(word is Told.OK for word in told.values())
    under_way = sum(not order.ended for order in state.orders if told.get(order.key) is Told.OK)
    counts = {
        "promised": promised,
        "refused": sum(word is Told.FAIL for word in told.values()),
        "open": sum(word is Told.INFO for word in told.values()),
        "recovered": sum(word is Told.INFO and kept[key] > 0 for key, word in told.items()),
        "under_way": under_way,
    }
    return weigh("no-lost-orders", "Every promised order is there, once", promised, violations, counts, under_way)


def _lost(key: str) -> Violation:
    return Violation(
        signature="lost",
        message=f"The order under key {key} was promised to the client and is not there.",
        kind="place",
        key=key,
    )


def _refused(key: str) -> Violation:
    return Violation(
        signature="refused-but-kept",
        message=f"The order under key {key} was refused and exists all the same.",
        kind="place",
        key=key,
    )


def _twice(key: str, n: int) -> Violation:
    return Violation(
        signature="duplicated",
        message=f"The key {key} made {n} orders instead of one.",
        kind="place",
        key=key,
        weight=n,
    )
