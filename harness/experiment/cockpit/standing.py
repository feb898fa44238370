"""Expectations of a run that goes on, as they stand."""

from __future__ import annotations

from collections.abc import Sequence

from harness.experiment.desk import Conducted
from harness.experiment.judge import Facts, judge
from harness.experiment.scopes import Scopes
from harness.experiment.summarise import IMPLIED
from harness.model import Check, Expectation, FaultRecord, Verdict
from harness.results import ExpectationSummary, expectation_of
from harness.ui.state import FaultState

LAST_WORD = ("recovery", "detection", "coverage", "findings", "alert")  # only the whole run can say


def standing(run: Conducted, faults: Sequence[FaultState], at_s: float) -> tuple[ExpectationSummary, ...]:
    """Each judged on what was gathered until `at_s`. Nothing is final: a `pass` may still break."""
    load = run.scenario.load
    timeline = run.scenario.timeline
    records = [_record(one, at_s) for one in faults if one.from_s is not None]
    facts = Facts(
        measured=run.gathered.measured,
        scopes=Scopes(timeline, records, max(0.0, at_s - 1.0)),
        operations=run.opened.operations,
        faults=records,
        sampled=run.gathered.sampled,
    )
    stated = run.scenario.expect or ((Expectation.parse(IMPLIED),) if load else ())
    return tuple(expectation_of(one, _judged(one, facts)) for one in stated)


def _judged(expectation: Expectation, facts: Facts) -> Check:
    if expectation.metric.kind in LAST_WORD:
        return Check(
            name=expectation.text,
            verdict=Verdict.UNKNOWN,
            why="judged when the run has ended",
            limit=expectation.limit,
            unit=expectation.unit,
        )
    return judge(expectation, facts)


def _record(fault: FaultState, at_s: float) -> FaultRecord:
    return FaultRecord(
        name=fault.name,
        edge=fault.edge,
        kind=fault.kind,
        describe=fault.describe,
        asked_s=fault.planned_s or 0.0,
        from_s=fault.from_s,
        to_s=fault.to_s if fault.to_s is not None else at_s,
        recovery_s=0.0,
    )
