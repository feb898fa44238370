"""Arrivals that belong to no operation, where every expectation is of one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.experiment.measured import Measured
from harness.experiment.scopes import Scopes
from harness.load import NO_OPERATION, RAISED
from harness.model import Check, Expectation, Verdict

LIMIT = 0.01  # of the arrivals


def unwatched(expectations: Sequence[Expectation], measured: Measured, scopes: Scopes, due: int) -> tuple[Check, ...]:
    """Unknown where more than 1 % of `due` arrivals raised, or got as far as no request, and nothing that is expected counts them.

    `errors of place_order <= 1%` holds for an operation that was hardly called, because the task raised before it.
    """
    stated = [one.metric for one in expectations if one.metric.kind in ("errors", "quantile", "max", "rate")]
    if not stated or any(one.kind == "errors" and not one.subject and not one.classes for one in stated):
        return ()
    windows = measured.windows((RAISED, NO_OPERATION), scopes.counted(scopes.stretches("")))
    counts = {name: sum(one.n for one in windows if one.operation == name) for name in (RAISED, NO_OPERATION)}
    missed = sum(counts.values())
    if missed <= LIMIT * due:
        return ()
    shown = " and ".join(f"{n:,} {name}" for name, n in counts.items() if n)
    why = f"{shown} of {due:,} arrivals belong to no operation, and no expectation looks at them; expect `errors <= 1%`, too"
    share = missed / due if due else 1.0
    return (
        Check(
            name="arrivals without an operation",
            verdict=Verdict.UNKNOWN,
            why=why,
            value=share,
            limit=LIMIT,
            unit="share",
        ),
    )
