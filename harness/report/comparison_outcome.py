"""A comparison as an Outcome: what got worse is a finding, so that SARIF and GitHub annotations tell it as they tell any other."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Check, Finding, Judgement, Level
from harness.report.comparison_page import told_effect
from harness.report.outcome import Outcome
from harness.report.run_outcome import Recorded
from harness.report.words import quantity
from harness.results import Comparison, FindingComparison, MetricComparison

_LEVEL = {Judgement.REGRESSED: Level.ERROR, Judgement.INCONCLUSIVE: Level.WARNING}


def comparison_outcome(found: Comparison) -> Outcome:
    """Its verdict and validity as checks; numbers that gate and findings that are regressed (error) or inconclusive (warning).

    The subject holds the scenario and both spellings, so that a code scanner keeps one list of alerts per question.
    """
    checks = [Check(name="comparison", verdict=found.verdict, why=found.title or found.judgement.value)]
    checks += [Check(name=one.check, verdict=one.verdict, why=one.why) for one in found.validity]
    return Outcome(
        command="compare",
        subject=f"{found.scenario} {found.base.spelling} {found.candidate.spelling}",
        checks=tuple(checks),
        findings=(*_numbers(found), *_findings(found)),
    )


def _numbers(found: Comparison) -> Iterator[Finding]:
    for one in found.metrics:
        if one.gates and one.judgement in _LEVEL:
            yield Finding(
                operation=one.operation,
                check=f"{one.judgement}_{one.metric}",
                signature=one.subject,
                level=_LEVEL[one.judgement],
                source="compare",
                message=_told(one),
            )


def _told(one: MetricComparison) -> str:
    values = f"{quantity(one.base, one.unit)} in the base, {quantity(one.candidate, one.unit)} in the candidate"
    more = f"; about {one.more_pairs} more pairs would decide" if one.more_pairs else ""
    why = f" ({one.why})" if one.why else ""
    return f"{one.subject or one.metric} of {one.operation} is {one.judgement}: {values}, {told_effect(one)}{more}{why}"


def _findings(found: Comparison) -> Iterator[Finding]:
    for one in found.findings:
        if one.judgement in _LEVEL:
            yield _finding(one)


def _finding(one: FindingComparison) -> Finding:
    """As bad as it is where it is new; where it is flaky, no more than a warning."""
    level = Level(one.level) if one.judgement is Judgement.REGRESSED or one.level == "note" else Level.WARNING
    return Recorded(
        recorded=one.identity,
        operation=one.operation,
        check=one.check,
        signature="",
        level=level,
        source=one.source,
        message=f"{one.message} ({one.why or one.judgement})",
        count=one.candidate_seen,
        curl=one.curl,
    )
