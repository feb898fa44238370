"""Recovery and detection for every fault of a run, of all operations pooled and of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from harness.faults.recovery import Recovery, Slice, Steady, detection, learn, recovery
from harness.model import FaultRecord, OperationEffect

__all__ = ["measure"]


def measure(
    records: Sequence[FaultRecord],
    series: Sequence[Slice],
    *,
    calm_from_s: float,
    in_a_row: int = 4,
    operations: Mapping[str, Sequence[Slice]] | None = None,
) -> tuple[FaultRecord, ...]:
    """The records with recovery and detection filled in; `series` pools all operations, `operations` has those of each.

    Steady state is learnt from `calm_from_s` (the end of warm-up) to the first fault. A fault's recovery is watched until the next one
    begins. Where others are in force when it ends, it is watched beyond their ends, and known less well by as long as they lasted.
    """
    began = [one.from_s for one in records if one.from_s is not None]
    if not began:
        return tuple(records)
    steady = learn(series, from_s=calm_from_s, until_s=min(began))
    by = {
        name: (some, learn(some, from_s=calm_from_s, until_s=min(began))) for name, some in (operations or {}).items()
    }
    return tuple(
        replace(
            _measured(one, records, series, steady, in_a_row),
            operations=tuple(
                effect
                for name, (some, own) in by.items()
                if (effect := _effect(name, one, records, some, own, in_a_row))
            ),
        )
        for one in records
    )


def _effect(
    name: str,
    one: FaultRecord,
    records: Sequence[FaultRecord],
    series: Sequence[Slice],
    steady: Steady | None,
    in_a_row: int,
) -> OperationEffect | None:
    if one.from_s is None or one.to_s is None:
        return None
    found = _recovery(one.to_s, [other for other in records if other is not one], series, steady, in_a_row)
    return OperationEffect(
        name=name,
        detection_s=detection(one.from_s, one.to_s, series, steady),
        recovery_s=found.seconds,
        recovery_censored=found.censored,
        recovery_uncertainty_s=found.uncertainty,
        steady_p95_ms=None if steady is None else round(steady.p95 * 1000, 3),
        why=found.why,
    )


def _measured(
    one: FaultRecord, records: Sequence[FaultRecord], series: Sequence[Slice], steady: Steady | None, in_a_row: int
) -> FaultRecord:
    if one.from_s is None or one.to_s is None:
        return one
    found = _recovery(one.to_s, [other for other in records if other is not one], series, steady, in_a_row)
    return replace(
        one,
        evidence=one.evidence + _told(found),
        recovery_s=found.seconds,
        recovery_censored=found.censored,
        recovery_uncertainty_s=found.uncertainty,
        detection_s=detection(one.from_s, one.to_s, series, steady),
    )


def _told(found: Recovery) -> str:
    unknown = found.seconds is None or found.censored
    return f"; recovery {'unknown' if unknown else 'known less well'}: {found.why}" if found.why else ""


def _recovery(
    end: float, others: Sequence[FaultRecord], series: Sequence[Slice], steady: Steady | None, in_a_row: int
) -> Recovery:
    spans = [(other.from_s, inf if other.to_s is None else other.to_s) for other in others if other.from_s is not None]
    last = _end_of_all(end, spans)
    following = min((start for start, _ in spans if start > last), default=inf)
    return recovery(end, series, steady, others_end_s=last, until_s=following, in_a_row=in_a_row)


def _end_of_all(end: float, spans: Sequence[tuple[float, float]]) -> float:
    """When the last has ended of the faults that were in force at `end`, or came while such a one was."""
    last = end
    while later := [stop for start, stop in spans if start <= last < stop]:
        last = max(later)
    return last
