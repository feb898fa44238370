"""A run as an Outcome, so that the formats of findings (SARIF, GitHub) are written by the same functions for every command."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model import Check, Finding, Level
from harness.report.outcome import Outcome
from harness.report.words import headline
from harness.results import FindingSummary, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Finding):
    """A finding as a run folder has it, where a signature may be masked: its identity is the one that was written."""

    recorded: str

    @property
    def identity(self) -> str:
        return self.recorded


def outcome_of(summary: Summary) -> Outcome:
    """Its verdict, its expectations, promises and validity as checks, and its findings."""
    checks = [Check(name="run", verdict=summary.verdict, why=headline(summary))]
    checks += [Check(name=one.text, verdict=one.verdict, why=one.why) for one in summary.expectations]
    checks += [Check(name=one.check, verdict=one.verdict, why=one.why) for one in summary.audit]
    checks += [Check(name=one.check, verdict=one.verdict, why=one.why) for one in summary.validity]
    return Outcome(
        command="run",
        subject=summary.scenario,
        checks=tuple(checks),
        findings=tuple(_finding(one) for one in summary.findings),
        place=summary.contract.description,
    )


def _finding(one: FindingSummary) -> Finding:
    return Recorded(
        recorded=one.identity,
        operation=one.operation,
        check=one.check,
        signature=one.signature,
        level=Level(one.level),
        source=one.source,
        message=one.message,
        count=one.count,
        at_ns=None if one.at_s is None else round(one.at_s * 1e9),
        first=one.first,
        worst=one.worst,
        curl=one.curl,
        stage=one.stage,
        fault=one.fault,
        tried=one.tried,
        came_back=one.came_back,
        accepted=one.accepted,
        place=one.place,
        line=one.line,
    )
