"""Money and goods are neither made nor lost: the ledger's total, the stock, and each transfer once."""

from __future__ import annotations

from harness.audit.evidence import Evidence, Violation, weigh
from harness.audit.history import History, Told
from harness.audit.state import FinalState


def money_conserved(history: History, state: FinalState) -> Evidence:
    """Jepsen's `bank` checker on the final read, and one effect per transfer key: ok 1, info 0 or 1, fail 0."""
    told = history.by_key("transfer")
    violations = [*_totals(state)]
    for key, word in told.items():
        n = state.transfers.get(key, 0)
        low, high = {Told.OK: (1, 1), Told.INFO: (0, 1), Told.FAIL: (0, 0)}[word]
        if not low <= n <= high:
            violations.append(
                Violation(
                    signature=f"transfer-{word}-{'lost' if n < low else 'extra'}",
                    message=f"The transfer under key {key} was told `{word}` and happened {n} times.",
                    kind="transfer",
                    key=key,
                    weight=n,
                )
            )
    counts = {"transfers": len(told), "total": state.total, "opening_total": state.opening_total}
    return weigh(
        "money-conserved", "The ledger's total, the stock and every transfer agree", len(told) + 2, violations, counts
    )


def _totals(state: FinalState) -> list[Violation]:
    found = []
    if state.total != state.opening_total:
        off = state.total - state.opening_total
        found.append(
            Violation(signature="ledger", message=f"The ledger's total moved by {off:+,} cents.", weight=abs(off))
        )
    missing = state.stock_opening - state.stock_available - state.stock_held
    if missing:
        found.append(
            Violation(
                signature="stock", message=f"{missing:+,} pieces of stock are unaccounted for.", weight=abs(missing)
            )
        )
    return found
