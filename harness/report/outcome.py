"""What a command that finds things has to say; every format is made from this and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model import Cause, Check, Finding, Level, Verdict, causes, worst
from harness.results.parts import finding_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`command` as typed (`check`, `pact verify`, `diff`), `subject` what was looked at.

    `checks` are its questions with their verdicts; `facts` are sentences. `gate` is the level from which on a finding fails.
    `place` is the description, as the user names it, for findings that know none of their own.
    `more` is what only this command tells, for JSON.
    """

    command: str
    subject: str
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...] = ()
    facts: tuple[str, ...] = ()
    gate: Level = Level.ERROR
    place: str = ""
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks."""
        return worst(check.verdict for check in self.checks)

    @property
    def title(self) -> str:
        """`harness check shop`."""
        return f"harness {self.command} {self.subject}".strip()

    @property
    def why(self) -> str:
        """The reason for the verdict: that of the first check that has it."""
        return next((check.why for check in self.checks if check.verdict is self.verdict), "nothing was checked")

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Worst first."""
        return causes(self.findings)


def document(outcome: Outcome) -> dict[str, object]:
    """What `--json` prints."""
    return {
        "verdict": str(outcome.verdict),
        "why": outcome.why,
        "command": outcome.command,
        "subject": outcome.subject,
        "gate": str(outcome.gate),
        "checks": [{"name": one.name, "verdict": str(one.verdict), "why": one.why} for one in outcome.checks],
        "causes": [_cause(one, outcome.gate) for one in outcome.causes],
        "findings": [_finding(one) for one in outcome.findings],
        **outcome.more,
    }


def _cause(one: Cause, gate: Level) -> dict[str, object]:
    return {
        "level": str(one.level),
        "message": one.message,
        "operations": list(one.operations),
        "count": one.count,
        "fails": one.gates(gate),
        "findings": [finding.identity for finding in one.findings],
        "curl": one.shown.curl,
    }


def _finding(one: Finding) -> dict[str, object]:
    row = finding_of(one).model_dump(mode="json", exclude_defaults=True)
    return {**row, "count": one.count, **({"replay": dict(one.replay)} if one.replay else {})}
