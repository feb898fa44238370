"""A customer pays once for one order, and only for an order that stands."""

from __future__ import annotations

from collections import defaultdict

from harness.audit.evidence import Evidence, Violation, weigh
from harness.audit.history import History
from harness.audit.state import Charge, FinalState, Order


def one_charge_per_key(history: History, state: FinalState) -> Evidence:
    """Paid orders have exactly one charge, cancelled ones none. Charges are joined by order id, so a fresh key hides nothing."""
    by_order: dict[str, list[Charge]] = defaultdict(list)
    for charge in sorted(state.charges, key=lambda c: c.at):
        by_order[charge.order].append(charge)
    ours = [order for order in state.orders if history.owns(order.key)]
    violations = [found for order in ours if (found := _judge(order, by_order[order.id]))]
    under_way = sum(not order.ended for order in ours)
    counts = {
        "orders": len(ours),
        "charges": sum(len(by_order[order.id]) for order in ours),
        "charged_twice": sum(v.signature == "charged-twice" for v in violations),
        "under_way": under_way,
    }
    return weigh(
        "one-charge-per-key",
        "Every order was charged as often as it should be",
        len(ours),
        violations,
        counts,
        under_way,
    )


def _judge(order: Order, charges: list[Charge]) -> Violation | None:
    times: dict[str, object] = {"order": order.id, "charges": [{"id": c.id, "key": c.key, "at": c.at} for c in charges]}
    n = len(charges)
    if n > 1:
        return Violation(
            signature="charged-twice",
            message=f"Order {order.id} (key {order.key}) was charged {n} times.",
            kind="place",
            key=order.key,
            weight=n,
            wall=charges[1].at,
            details=times,
        )
    if order.status == "cancelled" and n:
        message, signature = f"Order {order.id} was cancelled, and charged all the same.", "charged-cancelled"
    elif order.status == "paid" and not n:
        message, signature = f"Order {order.id} says paid, and nothing was charged.", "paid-uncharged"
    else:
        return None
    return Violation(
        signature=signature,
        message=message,
        kind="place",
        key=order.key,
        wall=charges[0].at if charges else "",
        details=times,
    )
