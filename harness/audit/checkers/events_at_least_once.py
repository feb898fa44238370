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
    violations, late = [], 0
    for order in ours:
        due = ["order.placed", f"order.{order.status}"] if order.ended else ["order.placed"]
        missing = [kind for kind in due if kind not in heard[order.id]]
        if missing and not state.quiescent:
            late += order.ended  # its event may still wait in the outbox
        elif missing:
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
    strange = [order for order in heard if order not in existing]
    if state.quiescent:
        violations += [
            Violation(signature="unknown-order", message=f"The stream speaks of order {order}, which does not exist.")
            for order in strange
        ]
    repeats = sum(len(kinds) - len(set(kinds)) for kinds in heard.values())
    # While things go on, an order may be placed after the orders were read and before the stream was.
    under_way = sum(not order.ended for order in ours) + late + (0 if state.quiescent else len(strange))
    counts = {"orders": len(ours), "events": len(state.events), "repeats": repeats, "under_way": under_way}
    return weigh(
        "events-at-least-once", "Every step of every order was published", len(ours), violations, counts, under_way
    )
