"""A run that goes on, as it stands: its expectations, and whether it can be trusted. Nothing here is final: a `pass` may still break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.contract.kinds_of_coverage import KindCoverage
from harness.experiment.contract_summary import shares_of
from harness.experiment.desk import Conducted
from harness.experiment.judge import Facts, judge
from harness.experiment.recoveries import measure_recoveries, well_before
from harness.experiment.scopes import Scopes
from harness.experiment.summarise import IMPLIED
from harness.load import standing_checks
from harness.model import Check, Expectation, FaultRecord, Finding, Timeline, Verdict
from harness.model.quantity import show_duration
from harness.results import ExpectationSummary, ValiditySummary, expectation_of, validity_of
from harness.ui.state import FaultState

SETTLE_S = 1.0  # windows arrive a little after they close: the newest second is not judged yet
CONFIRMED_S = 1.25  # so many more seconds a recovery takes to be seen: until then it may have been in time
GROWING = ("coverage", "findings")  # only ever more: what they have reached they keep
_GOES_ON = ("in force", "between")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """As summaries tell it."""

    expectations: tuple[ExpectationSummary, ...] = ()
    validity: tuple[ValiditySummary, ...] = ()


def standing(
    run: Conducted,
    faults: Sequence[FaultState],
    at_s: float,
    *,
    findings: Sequence[Finding] = (),
    coverage: Sequence[KindCoverage] = (),
    lost: int = 0,
) -> Standing:
    """Judged on what was gathered until `at_s`; `lost` load processes are gone."""
    load, timeline, end = run.scenario.load, run.scenario.timeline, max(0.0, at_s - SETTLE_S)
    records: Sequence[FaultRecord] = [_record(one, end) for one in faults if one.from_s is not None]
    steady = None
    if load:
        records, steady = measure_recoveries(records, run.gathered.measured, timeline, end, each=False)
    facts = Facts(
        measured=run.gathered.measured,
        scopes=Scopes(timeline, records, end),
        operations=run.opened.operations,
        faults=records,
        findings=findings,
        coverage=shares_of(tuple(coverage)),
        sampled=run.gathered.sampled,
    )
    phases = {one.name: one for one in faults}
    stated = run.scenario.expect or ((Expectation.parse(IMPLIED),) if load else ())
    checks = [_stands(one) for one in faults if one.from_s is not None or one.phase == "failed"]
    if load:
        checks = [*standing_checks(run.gathered.heard.health, lost, run.gathered.clocks), *checks]
        checks += [well_before(steady)] if records and end > (records[0].from_s or 0.0) else []
    return Standing(
        expectations=tuple(expectation_of(one, judged(one, facts, phases, timeline)) for one in stated),
        validity=tuple(validity_of(check) for check in checks),
    )


def judged(expectation: Expectation, facts: Facts, phases: Mapping[str, FaultState], timeline: Timeline) -> Check:
    """As it stands: what cannot be told yet says when it can, and what still goes on says how far it is."""
    metric = expectation.metric
    if why := _not_yet(expectation, facts, phases, timeline):
        return _unknown(expectation, why)
    if metric.kind == "recovery":
        return _recovering(expectation, facts, phases)
    if metric.kind == "detection" and _goes_on(metric.subject, phases):
        seen = next(one.detection_s for one in facts.faults if one.name == metric.subject)
        if seen is None:
            return _unknown(expectation, "in progress: the fault did not show so far")
    check = judge(expectation, facts)
    if metric.kind in GROWING:
        return _growing(expectation, check)
    return replace(check, why=check.why.replace("when the run ended", "so far"))


def _not_yet(expectation: Expectation, facts: Facts, phases: Mapping[str, FaultState], timeline: Timeline) -> str:
    metric, scope = expectation.metric, expectation.scope
    for name in (metric.subject if metric.is_about_fault else "", scope):
        fault = phases.get(name)
        if fault is not None and fault.phase == "planned":
            return f"not yet: fault `{name}` begins at {show_duration(round(fault.planned_s or 0.0, 1))}"
    if metric.kind == "coverage" and not facts.coverage:
        return "not yet: nothing that the contract describes was seen so far"
    if metric.is_about_fault or metric.kind in GROWING or any(b > a for a, b in facts.scopes.stretches(scope)):
        return ""
    stage = next((one for one in timeline.stages if one.name == scope), None)
    if stage is not None:
        return f"not yet: stage `{scope}` begins at {show_duration(round(stage.start, 1))}"
    return "not yet: nothing of it has passed" if not scope or scope == "steady" else ""


def _recovering(expectation: Expectation, facts: Facts, phases: Mapping[str, FaultState]) -> Check:
    name = expectation.metric.subject
    if _goes_on(name, phases):
        return _unknown(expectation, "not yet: the fault is in force; recovery is measured from its end")
    record = next((one for one in facts.faults if one.name == name), None)
    if record is None or not record.recovery_censored or record.recovery_s is None:
        return judge(expectation, facts)
    said = f"in progress: not back {record.recovery_s:.1f} s after its end"
    too_long = not expectation.holds(max(0.0, record.recovery_s - CONFIRMED_S))
    verdict = Verdict.FAIL if too_long and expectation.cmp in ("<=", "<") else Verdict.UNKNOWN
    return replace(_unknown(expectation, said), verdict=verdict, value=record.recovery_s)


def _growing(expectation: Expectation, check: Check) -> Check:
    """At least so much: reached once and for all, or not reached yet. At most so much: kept so far, or broken once and for all."""
    verdict, why = check.verdict, f"{check.why} so far"
    if expectation.cmp in (">=", ">") and verdict is Verdict.FAIL:
        verdict = Verdict.UNKNOWN
    return replace(check, verdict=verdict, why=why)


def _goes_on(name: str, phases: Mapping[str, FaultState]) -> bool:
    fault = phases.get(name)
    return fault is not None and fault.phase in _GOES_ON


def _unknown(expectation: Expectation, why: str) -> Check:
    return Check(
        name=expectation.text, verdict=Verdict.UNKNOWN, why=why, limit=expectation.limit, unit=expectation.unit
    )


def _stands(fault: FaultState) -> Check:
    """Whether a fault is what it should be, by what its canary saw until now."""
    name = f"fault {fault.name} in force"
    if fault.phase == "failed" or fault.in_force is False:
        return Check(name=name, verdict=Verdict.UNKNOWN, why=fault.evidence or "it was never made")
    if fault.in_force is None and fault.phase in _GOES_ON:
        return Check(name=name, verdict=Verdict.UNKNOWN, why=fault.evidence or "not yet: its canary has not seen it")
    return Check(name=name, verdict=Verdict.PASS, why=fault.evidence)


def _record(fault: FaultState, end: float) -> FaultRecord:
    """One that goes on is looked at until now."""
    return FaultRecord(
        name=fault.name,
        edge=fault.edge,
        kind=fault.kind,
        describe=fault.describe,
        asked_s=fault.planned_s or 0.0,
        from_s=fault.from_s,
        to_s=max(end, fault.from_s or 0.0) if fault.phase in _GOES_ON else fault.to_s,
        in_force=fault.in_force,
        evidence=fault.evidence,
    )
