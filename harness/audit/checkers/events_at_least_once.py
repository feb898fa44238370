"""Whoever reads the stream hears of every step of every order, at least once, and of no order that is not there."""

from __future__ import annotations

from collections import defaultdict

from harness.audit.evidence import Evidence, Violation, weigh
from harness.audit.history import History
from harness.audit.state import FinalState


def events_at_least_once(history: History, state: FinalState) -> Evidence:
    """Each ended order has `order.placed` and the event of its end. Repeats are allowed and counted."""
    heard: dict[str, list[str]] = defaultdict(list)
    for event in state.events:
        heard[event.order].append(event.type)
    ours = [order for order in state.orders if history.owns(order.key)]
    violations = []
    for order in ours:
        due = ["order.placed", f"order.{order.status}"] if order.ended else ["order.placed"]
        missing = [kind for kind in due if kind not in heard[order.id]]
        if missing:
            violations.append(
                Violation(
                    signature=f"missing-{missing[0]}",
                    message=f"Order {order.id} (key {order.key}) is {order.status}, and {', '.join(missing)} was never published.",
                    kind="place",
                    key=order.key,
                    weight=len(missing),
                    details={"order": order.id, "heard": heard[order.id]},
                )
            )
    existing = {order.id for order in state.orders}
    violations += [
        Violation(signature="unknown-order", message=f"The stream speaks of order {order}, which does not exist.")
        for order in heard
        if order not in existing
    ]
    repeats = sum(len(kinds) - len(set(kinds)) for kinds in heard.values())
    under_way = sum(not order.ended for order in ours)
    counts = {"orders": len(ours), "events": len(state.events), "repeats": repeats, "under_way": under_way}
    return weigh(
        "events-at-least-once", "Every step of every order was published", len(ours), violations, counts, under_way
    )
