"""From everything a run gathered to its Summary: figures, verdict, reasons. Reads no clock and no file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.audit import history_of
from harness.compare import compare_stretches
from harness.contract import merge_findings
from harness.experiment import audit_stage
from harness.experiment.contract_summary import contract_of, coverage_of, pacts_of, shares_of
from harness.experiment.judge import Facts, judge
from harness.experiment.makers import maker_of
from harness.experiment.measured import Stretch
from harness.experiment.told import Told
from harness.experiment.unwatched import unwatched
from harness.model import Check, Expectation, Finding, Level, Verdict, worst
from harness.results import (
    ALL,
    AuditSummary,
    Change,
    ContractSummary,
    ExpectationSummary,
    OperationSummary,
    PactSummary,
    Series,
    Stage,
    Status,
    Summary,
    Timing,
    answered_of,
    errors_of,
    expectation_of,
    fault_of,
    finding_of,
    marks_of,
    operation_of,
    operations_of,
    probes_of,
    timings_of,
    validity_of,
)

CUT = (Status.INTERRUPTED, Status.INCOMPLETE)
IMPLIED = "errors <= 1%"
OF_LOCUSTFILE = "exit code of the locustfile == 0"
SHARE_COMPARED = 0.95  # of calm against hurt: p99 needs more requests than a short fault sees


def summarise(told: Told) -> Summary:
    """Every number and verdict that a report shows."""
    findings, audits = _findings(told), _audits(told)
    expectations = tuple(_expectations(told, findings))
    contract, pacts = contract_of(told, findings), pacts_of(told)
    validity = (*told.gathered.validity, *_unwatched(told))
    verdict, why = _verdict(told, expectations, contract, pacts, audits, validity)
    series = told.reader.windows()
    record = told.reader.record
    return Summary(
        run=told.reader.folder.name,
        scenario=told.scenario.name,
        about=told.scenario.about,
        target=told.scenario.target.name,
        target_url=record.target_url,
        status=told.gathered.status,
        verdict=verdict,
        title=_title(told, verdict, audits, why),
        why=tuple(why),
        started=record.started,
        duration_s=round(told.gathered.load_ended, 3),
        load_s=told.scenario.load.profile.duration if told.scenario.load else told.scenario.duration or 0.0,
        seed=told.scenario.seed,
        arrivals=told.gathered.heard.arrivals,
        stages=tuple(_stages(told)),
        overall=_overall(told, series),
        operations=operations_of(
            series,
            **_stretches(told),
            routes={o.name: o.route for o in told.operations},
            until_ns=_sent_until(told),
        ),
        timings=_timings(told, series),
        changes=tuple(_changes(told)),
        expectations=expectations,
        faults=tuple(fault_of(record) for record in told.gathered.faults),
        marks=marks_of(told.reader.marks()),
        probes=probes_of(told.gathered.sampled.all, told.gathered.sampled.probes),
        contract=contract,
        pacts=pacts,
        findings=tuple(finding_of(f) for f in findings),
        audit=audits,
        errors=errors_of(series, _stretches(told)["whole"], told.reader.failures()),
        validity=tuple(validity_of(check) for check in validity),
        environment=told.environment,
        versions=record.versions,
        repeats=record.repeats,
        origin=record.origin,
        not_tested=tuple(_not_tested(told, contract)),
    )


def _timings(told: Told, series: Series) -> tuple[Timing, ...]:
    whole, load = _stretches(told)["whole"], told.scenario.load
    asked = load is not None and load.timings
    return timings_of(told.reader.timings(), whole, answered_of(series, whole) if asked else ())


def _expectations(told: Told, findings: Sequence[Finding]) -> Iterable[ExpectationSummary]:
    if told.scenario.load is None and told.scenario.duration is None:
        return
    stated = told.scenario.expect or (() if told.scenario.load is None else (Expectation.parse(IMPLIED),))
    facts = Facts(
        measured=told.gathered.measured,
        scopes=told.scopes,
        operations=told.operations,
        faults=told.gathered.faults,
        findings=findings,
        coverage=shares_of(coverage_of(told)),
        sampled=told.gathered.sampled,
        cut=told.gathered.status in CUT,
    )
    for one in stated:
        yield expectation_of(one, judge(one, facts))
    if code := told.gathered.heard.exit_code:
        why = f"it set `environment.process_exit_code` to {code}"
        yield ExpectationSummary(text=OF_LOCUSTFILE, verdict=Verdict.FAIL, why=why, value=code, limit=0, cmp="==")


def _unwatched(told: Told) -> tuple[Check, ...]:
    return unwatched(told.scenario.expect, told.gathered.measured, told.scopes, told.gathered.heard.arrivals.due)


def _findings(told: Told) -> list[Finding]:
    tracing = _tracing(told)
    target = told.opened.target if told.opened else told.scenario.target
    oracle = merge_findings(
        told.gathered.oracle_rows,
        locate=lambda at_ns: tracing.place(at_ns / 1e9),
        source="oracle",
        made_by=maker_of(target, told.gathered.faults),
    )
    known, today = told.gathered.baseline, told.gathered.today
    oracle = list(known.applied(oracle, today))
    fuzzed = told.gathered.fuzz.findings if told.gathered.fuzz else known.applied(told.gathered.so_far.findings, today)
    pacts = [finding for result in told.gathered.pacts for finding in result.findings]
    order = (Level.ERROR, Level.WARNING, Level.NOTE)
    everything = [*audit_stage.findings(told.gathered.evidence, tracing), *pacts, *fuzzed, *oracle]
    return sorted(everything, key=lambda f: order.index(f.level))


def _audits(told: Told) -> tuple[AuditSummary, ...]:
    return audit_stage.summaries(told.gathered.evidence, _tracing(told))


def _tracing(told: Told) -> audit_stage.Tracing:
    effects = told.opened.effects if told.opened else ()
    target = told.opened.target if told.opened else told.scenario.target
    history = history_of(told.run_id, told.gathered.history_rows)
    return audit_stage.Tracing(told.gathered, told.timeline, effects, history, target)


def _verdict(
    told: Told,
    expectations: Sequence[ExpectationSummary],
    contract: ContractSummary,
    pacts: Sequence[PactSummary],
    audits: Sequence[AuditSummary],
    validity: Sequence[Check],
) -> tuple[Verdict, list[str]]:
    """The worst of all checks, and the reasons: what fails first, then what is unknown."""
    checks = [
        *((a.verdict, f"{a.check}: {a.why}") for a in audits),
        *((e.verdict, f"{e.text}: {e.why}") for e in expectations),
        *((one.verdict, f"contract: {one.why}") for one in (contract.fuzz, contract.oracle) if one),
        *((p.verdict, f"pact {p.consumer} with {p.provider}, {p.interaction}: {p.why}") for p in pacts),
        *((c.verdict, f"{c.name}: {c.why}") for c in validity),
    ]
    if told.scenario.duration is not None and not expectations:
        checks.append((Verdict.UNKNOWN, "nothing was expected: write `expect` on a probe or an alert"))
    if told.gathered.status not in (Status.COMPLETE, Status.STOPPED):
        checks.append((Verdict.UNKNOWN, told.gathered.why_ended))
    if told.gathered.status is Status.STOPPED:
        checks.append((Verdict.FAIL, told.gathered.why_ended))
    verdict = worst(v for v, _ in checks)
    if verdict is Verdict.PASS:
        return verdict, [why for _, why in checks if why][:4]
    return verdict, [why for wanted in (Verdict.FAIL, Verdict.UNKNOWN) for v, why in checks if v is wanted and why]


def _title(told: Told, verdict: Verdict, audits: Sequence[AuditSummary], why: Sequence[str]) -> str:
    """The verdict as a sentence."""
    name = told.scenario.target.name
    under = [f.name for f in told.gathered.faults if f.from_s is not None]
    hurt = f" under {_listed(under)}" if under else ""
    if told.gathered.status in CUT:
        return f"{told.scenario.name} did not come to its end"
    if verdict is Verdict.PASS:
        return f"{name} kept what it promised{hurt}"
    if verdict is Verdict.UNKNOWN:
        return f"Whether {name} kept what it promised{hurt} could not be told"
    broken = next((audit for audit in audits if audit.verdict is Verdict.FAIL), None)
    if broken is None:
        return f"{name} did not keep: {why[0].split(': ')[0] if why else 'a promise'}"
    places = [case.fault for case in broken.cases if case.fault]
    return f"{name} broke {broken.check}" + (f" under {_listed(list(dict.fromkeys(places)))}" if places else "")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _stages(told: Told) -> Iterable[Stage]:
    if told.scenario.load is None:
        return
    profile = told.scenario.load.profile
    for stage, span in zip(profile.stages, profile.spans, strict=True):
        yield Stage(name=span.name, from_s=span.start, to_s=span.end, plan=stage.describe(), warm_up=span.warm_up)


def _stretches(told: Told) -> dict[str, list[tuple[int, int]]]:
    scopes = told.scopes
    found = {"whole": scopes.stretches(""), "calm": scopes.steady, "hurt": scopes.hurt}
    return {name: _ns(scopes.counted(some)) for name, some in found.items()}


def _sent_until(told: Told) -> int:
    """The end of the profile, or of the load where that came first, up to the end of its window."""
    sending = told.scopes.sending([(0.0, told.scopes.end)])
    return round(sending[-1][1] * 1e9) if sending else 0


def _ns(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    return [(round(a * 1e9), round(b * 1e9)) for a, b in stretches]


def _overall(told: Told, series: Series) -> OperationSummary | None:
    stretches = _stretches(told)
    if not series.total:
        return None
    return operation_of(
        ALL,
        series,
        whole=stretches["whole"],
        calm=stretches["calm"],
        hurt=stretches["hurt"],
        until_ns=_sent_until(told),
    )


def _changes(told: Told) -> Iterable[Change]:
    measured, scopes = told.gathered.measured, told.scopes
    for name in measured.operations:
        effect = compare_stretches(
            measured.slices([name], scopes.steady), measured.slices([name], scopes.hurt), SHARE_COMPARED
        )
        if effect is not None:
            yield Change(
                operation=name,
                share=effect.share,
                ratio=effect.ratio,
                low=effect.low,
                high=effect.high,
                change=str(effect.change),
            )


def _not_tested(told: Told, contract: ContractSummary) -> Iterable[str]:
    scenario = told.scenario
    if scenario.duration is not None:
        yield "Requests: the scenario sends none; it met live traffic, and recovery could not be measured."
    if not scenario.faults:
        yield "Faults: the scenario injects none."
    if contract.fuzz is None:
        yield "The contract in calm: the scenario asks for no `check`."
    if contract.oracle is None:
        yield "The contract under load: the scenario asks for no `oracle`."
    if not scenario.contract.pact:
        yield "Consumers' pacts: the scenario asks for none."
    if not scenario.audit:
        yield "Data: the scenario asks for no audit."
    for part in contract.coverage:
        if part.missing:
            shown = ", ".join(part.missing[:12]) + (
                f" and {len(part.missing) - 12} more" if len(part.missing) > 12 else ""
            )
            yield f"{part.total - part.seen} of {part.total} documented {part.kind} were never seen: {shown}."
