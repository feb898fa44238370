"""Recovery and detection for every fault of a run. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from harness.faults.recovery import Recovery, Slice, Steady, detection, learn, recovery
from harness.model import FaultRecord

__all__ = ["measure"]


def measure(
    records: Sequence[FaultRecord], series: Sequence[Slice], *, calm_from_s: float, in_a_row: int = 4
) -> tuple[FaultRecord, ...]:
    """The records with recovery and detection filled in.

    Steady state is learnt from `calm_from_s` (the end of warm-up) to the first fault. A fault's recovery is watched until the next one
    begins; one that ends while another is in force has no recovery of its own: it is censored.
    """
    began = [one.from_s for one in records if one.from_s is not None]
    steady = learn(series, from_s=calm_from_s, until_s=min(began)) if began else None
    return tuple(_measured(one, records, series, steady, in_a_row) for one in records)


def _measured(
    one: FaultRecord, records: Sequence[FaultRecord], series: Sequence[Slice], steady: Steady | None, in_a_row: int
) -> FaultRecord:
    if one.from_s is None or one.to_s is None:
        return one
    found = _recovery(one.to_s, [other for other in records if other is not one], series, steady, in_a_row)
    why = f"; recovery unknown: {found.why}" if found.seconds is None else ""
    return replace(
        one,
        evidence=one.evidence + why,
        recovery_s=found.seconds,
        recovery_censored=found.censored,
        detection_s=detection(one.from_s, one.to_s, series, steady),
    )


def _recovery(
    end: float, others: Sequence[FaultRecord], series: Sequence[Slice], steady: Steady | None, in_a_row: int
) -> Recovery:
    spans = [(other.from_s, inf if other.to_s is None else other.to_s) for other in others if other.from_s is not None]
    if steady is not None and any(start <= end < stop for start, stop in spans):
        return Recovery(None, True, "another fault was in force when this one ended")
    return recovery(
        end, series, steady, until_s=min((start for start, _ in spans if start > end), default=inf), in_a_row=in_a_row
    )
