"""How long the service took to notice each fault and to get over it, from the windows of the run."""

from __future__ import annotations

from collections.abc import Sequence

from harness.experiment.measured import Measured
from harness.faults import OwnEdges, Steady, learn, measure, slices
from harness.model import Check, FaultRecord, Timeline, Verdict

SICK_SHARE = 0.05  # errors before the first fault, from which its effect cannot be told from the service's own state


def measure_recoveries(
    records: Sequence[FaultRecord], measured: Measured, timeline: Timeline, end: float, *, each: bool = True
) -> tuple[tuple[FaultRecord, ...], Steady | None]:
    """The records with detection and recovery, and the steady state they are measured by. `end` of the load, seconds since zero. `each`
    operation on its own, too."""
    begun = [f.from_s for f in records if f.from_s is not None]
    if not begun:
        return tuple(records), None
    series = slices(measured.windows(None, [(0.0, end)]), until_s=end)
    warm = max((stage.end for stage in timeline.stages if stage.warm_up), default=0.0)
    steady = learn(series, from_s=warm, until_s=min(begun))
    names = measured.operations if each else ()
    by = {name: slices(measured.windows([name], [(0.0, end)]), until_s=end) for name in names}
    return measure(records, series, calm_from_s=warm, operations=by), steady


def fault_checks(records: Sequence[FaultRecord], steady: Steady | None) -> list[Check]:
    """Whether the faults were what they should have been, and the target well before the first. Each passes or is unknown."""
    checks = faults_in_force(records)
    if any(record.from_s is not None for record in records):
        checks.append(well_before(steady))
    return checks


def faults_in_force(records: Sequence[FaultRecord]) -> list[Check]:
    """Where no windows tell how the target was: only whether each fault was what it should have been."""
    return [_in_force(record) for record in records]


def edges_held(edges: OwnEdges | None) -> list[Check]:
    """Load through an edge that somebody removed fails for that reason: what was measured says nothing of the target."""
    if edges is None or not edges.lost:
        return []
    names = ", ".join(f"`{name}`" for name in edges.lost)
    why = f"the proxy of edge {names}, which this run had made, was gone at its end: somebody removed it or restarted Toxiproxy"
    return [Check(name="edges of this run stood", verdict=Verdict.UNKNOWN, why=why)]


def _in_force(record: FaultRecord) -> Check:
    name = f"fault {record.name} in force"
    if record.from_s is None or record.in_force is False:
        return Check(name=name, verdict=Verdict.UNKNOWN, why=record.evidence or "it was never made")
    if not record.healed:
        return Check(name=name, verdict=Verdict.UNKNOWN, why=f"it was not seen to end: {record.evidence}")
    return Check(name=name, verdict=Verdict.PASS, why=record.evidence)


def well_before(steady: Steady | None) -> Check:
    """Whether the target was well before the first fault: else what the fault did cannot be told apart."""
    name = "target well before the first fault"
    if steady is None:
        return Check(
            name=name, verdict=Verdict.UNKNOWN, why="too few windows before the first fault to learn a steady state"
        )
    sick = steady.errors > SICK_SHARE
    return Check(
        name=name,
        verdict=Verdict.UNKNOWN if sick else Verdict.PASS,
        why=f"{steady.errors:.2%} errors before the first fault",
        value=steady.errors,
        limit=SICK_SHARE,
        unit="share",
    )
