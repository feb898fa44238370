"""Whether consumers' pacts are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from harness.contract.baseline import Baseline
from harness.contract.pact_file import PactFile
from harness.contract.pact_promise import CONTRADICTED
from harness.model.finding import Finding
from harness.model.verdict import Check, Verdict, worst

CHECK = "pact"


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionResult:
    """`mismatches` say what the provider did otherwise; empty for a pass. Unknown: the verifier said nothing about it.

    `identities` are of the findings that a failure is; it is `accepted` where a baseline knows all of them.
    """

    consumer: str
    provider: str
    description: str
    states: tuple[str, ...]
    verdict: Verdict
    pending: bool = False
    mismatches: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PactResult:
    """Every interaction of every pact found, in their order. A pending one that fails is no finding.

    `findings` are what fails, then what consumers rely on without the description's word. `pacts` are what was verified.
    """

    provider: str
    interactions: tuple[InteractionResult, ...]
    findings: tuple[Finding, ...]
    pacts: tuple[PactFile, ...] = ()

    def of(self, number: int) -> tuple[InteractionResult, ...]:
        """The interactions of the pact with that number."""
        start = sum(len(pact.interactions) for pact in self.pacts[:number])
        return self.interactions[start : start + len(self.pacts[number].interactions)]

    def knowing(self, known: Baseline, today: date) -> PactResult:
        """The same, with what is accepted today."""
        findings = known.applied(self.findings, today)
        accepted = {one.identity for one in findings if one.accepted}
        told = (
            replace(one, accepted=bool(one.identities) and accepted >= {*one.identities}) for one in self.interactions
        )
        return replace(self, findings=findings, interactions=tuple(told))

    @property
    def check(self) -> Check:
        """The worst of all interactions that are neither pending nor accepted, and of what contradicts the description; none at all is unknown."""
        accepted = [i for i in self.interactions if i.accepted and not i.pending]
        counted = [i for i in self.interactions if not i.pending and not i.accepted]
        pending = len(self.interactions) - len(counted) - len(accepted)
        verdict = worst(i.verdict for i in counted)
        passed = sum(i.verdict is Verdict.PASS for i in counted)
        why = f"{passed} of {len(counted)} interactions hold"
        if pending:
            broken = sum(i.pending and i.verdict is not Verdict.PASS for i in self.interactions)
            why += f"; of {pending} pending ones, which cannot fail yet, {broken} do not"
            verdict = verdict if counted else Verdict.PASS
        if accepted:
            why += f"; {len(accepted)} that fail are accepted by the baseline"
            verdict = verdict if counted else Verdict.PASS
        against = next((f for f in self.findings if f.check == CONTRADICTED and not f.accepted), None)
        if verdict is Verdict.PASS and against is not None:
            verdict, why = Verdict.FAIL, f"{why}; {against.message}"
        bad = next((i for i in counted if i.verdict is verdict and verdict is not Verdict.PASS), None)
        if bad is not None:
            why += (
                f"; {bad.consumer}: {bad.description}: {'; '.join(bad.mismatches) or 'the verifier said nothing of it'}"
            )
        return Check(name=f"pacts with {self.provider}", verdict=verdict, why=why, value=passed, unit="count")
