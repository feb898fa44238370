"""After the load: one final read, the checkers over it, and each broken promise led back to its request, stage and fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from harness.audit import Asked, Evidence, History, Violation, audit, history_of, not_read
from harness.errors import HarnessError
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Listener
from harness.experiment.opening import OpenTarget
from harness.experiment.spawning import GuardedSpawn
from harness.model import Effect, Finding, Level, Scenario, Target, Timeline, Verdict
from harness.model.curl import curl_line
from harness.results import AuditCase, AuditSummary

SHOWN = 5  # cases per check in the report; the counts stand beside them


def run_audit(
    scenario: Scenario, opened: OpenTarget, gathered: Gathered, run: str, listener: Listener, spawn: GuardedSpawn
) -> None:
    """Fill in `gathered.evidence`. What cannot be read is `unknown`, with the reason."""
    if not scenario.audit:
        return
    if opened.final_read is None:
        why = f"nobody can read the final state of target `{scenario.target.name}`"
        gathered.evidence = not_read(scenario.audit, why)
        return
    listener.phase("audit: waiting until nothing is under way, then one final read")
    try:
        state = opened.final_read(run, spawn)
    except HarnessError as error:
        if died := opened.died():
            raise died from error
        gathered.evidence = not_read(scenario.audit, f"{error.what} {error.todo}".strip())
        return
    gathered.evidence = audit(scenario.audit, history_of(run, gathered.history_rows), state)
    for evidence in gathered.evidence:
        listener.event(f"audit {evidence.check}: {evidence.verdict}, {evidence.why}")


class Tracing:
    """Leads violations back to what the clients did and what the network suffered at that moment."""

    def __init__(
        self, gathered: Gathered, timeline: Timeline, effects: Sequence[Effect], history: History, target: Target
    ) -> None:
        self._gathered = gathered
        self._timeline = timeline
        self._asked = Asked(effects)
        self._operation_of = {effect.kind: effect.operation for effect in effects}
        self._history = history
        self._target = target

    def place(self, at: float | None) -> tuple[str, str]:
        """The stage and the fault at a time since zero; a fault counts until the service had recovered from it."""
        if at is None:
            return "", ""
        stage = next((s.name for s in self._timeline.stages if s.holds(at)), "")
        under = [f for f in self._gathered.faults if f.from_s is not None and f.from_s <= at]
        last = max(under, key=lambda f: f.from_s or 0.0, default=None)
        if last is None or (last.to_s is not None and at >= last.to_s + (last.recovery_s or 0.0)):
            return stage, ""
        return stage, last.name

    def at(self, violation: Violation) -> float | None:
        """When it happened, seconds since zero: as the service says, else when its request was sent."""
        if violation.wall and self._gathered.zero_unix:
            return datetime.fromisoformat(violation.wall).timestamp() - self._gathered.zero_unix
        event = self._history.first(violation.kind, violation.key)
        return None if event is None else event.invoke_ns / 1e9

    def suffered(self, violation: Violation) -> tuple[str, str]:
        """The stage and the fault when it happened. Where none was in force any more: the last one that was since it was asked for, as
        with an order whose second charge came when the network was whole again, for a first that was never answered."""
        at = self.at(violation)
        asked = self._history.first(violation.kind, violation.key)
        moments = [*self._charged(violation), *([] if asked is None else [asked.invoke_ns / 1e9])]
        before = sorted((one for one in moments if at is not None and one < at), reverse=True)
        faults = (self.place(moment)[1] for moment in (at, *before))
        return self.place(at)[0], next(filter(None, faults), "")

    def curl(self, violation: Violation) -> str:
        """The request that asked for it."""
        event = self._history.first(violation.kind, violation.key)
        if event is None:
            return ""
        headers = dict(self._target.headers)
        if event.value.startswith(("{", "[")):
            headers["Content-Type"] = "application/json"
        effect = self._asked.of(event.operation, event.method, event.path)
        if effect and effect.header:
            headers[effect.header] = violation.key
        return curl_line(event.method, event.path, headers, event.value.encode(), self._target.secrets)

    def operation(self, violation: Violation) -> str:
        """The operation whose promise was broken."""
        event = self._history.first(violation.kind, violation.key)
        return self._operation_of.get(violation.kind, "") if event is None else event.operation

    def case(self, violation: Violation) -> AuditCase:
        """As the report shows it."""
        at = self.at(violation)
        stage, fault = self.suffered(violation)
        return AuditCase(
            message=violation.message,
            key=violation.key,
            operation=self.operation(violation),
            at_s=None if at is None else round(at, 3),
            stage=stage,
            fault=fault,
            curl=self.curl(violation),
            steps=tuple(self._steps(violation)),
        )

    def _steps(self, violation: Violation) -> Iterable[str]:
        for event in self._history.of(violation.kind):
            if event.key == violation.key:
                told = f"{event.status}" if event.status else event.error or "no answer"
                yield f"{event.invoke_ns / 1e9:.3f} s: asked for, told {told} ({event.type})"
        for charge, at in zip(_charges(violation), self._charged(violation), strict=True):
            yield f"{at:.3f} s: charged as {charge['id']} under key {charge['key']}"

    def _charged(self, violation: Violation) -> list[float]:
        """When each of its charges was made, seconds since zero."""
        zero = self._gathered.zero_unix
        return [datetime.fromisoformat(charge["at"]).timestamp() - zero for charge in _charges(violation)]


def _charges(violation: Violation) -> list[dict[str, str]]:
    charges = violation.details.get("charges")
    return charges if isinstance(charges, list) else []


def summaries(evidence: Iterable[Evidence], tracing: Tracing) -> tuple[AuditSummary, ...]:
    """For the summary: the first and the heaviest cases of each check."""
    return tuple(
        AuditSummary(
            check=one.check,
            verdict=one.verdict,
            why=one.why,
            checked=one.checked,
            evidence=dict(one.counts),
            cases=tuple(tracing.case(v) for v in worst_first(one.violations)[:SHOWN]),
        )
        for one in evidence
    )


def worst_first(violations: Iterable[Violation]) -> list[Violation]:
    """The heaviest first; among equals in their order."""
    return sorted(violations, key=lambda v: -v.weight)


def findings(evidence: Iterable[Evidence], tracing: Tracing) -> list[Finding]:
    """One finding per check and signature, with the first and the worst case."""
    found: list[Finding] = []
    for one in evidence:
        if one.verdict is not Verdict.FAIL:
            continue
        for signature in dict.fromkeys(v.signature for v in one.violations):
            same = [v for v in one.violations if v.signature == signature]
            found.append(_finding(one.check, same, tracing))
    return found


def _finding(check: str, same: list[Violation], tracing: Tracing) -> Finding:
    first, worst = same[0], worst_first(same)[0]
    at = tracing.at(first)
    stage, fault = tracing.suffered(first)
    more = f" (and {len(same) - 1} more)" if len(same) > 1 else ""
    return Finding(
        operation=tracing.operation(first) or check,
        check=check,
        signature=first.signature,
        level=Level.ERROR,
        source="audit",
        message=first.message + more,
        count=len(same),
        at_ns=None if at is None else round(at * 1e9),
        first={"message": first.message, **first.details},
        worst={"message": worst.message, **worst.details},
        curl=tracing.curl(first),
        stage=stage,
        fault=fault,
    )
