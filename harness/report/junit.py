"""The report as JUnit XML, as CI servers read it. `unknown` is an <error>: it must not pass for a success.

Schema: https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from harness.model import Cause, Verdict
from harness.report.outcome import Outcome
from harness.report.words import headline
from harness.results import Comparison, FindingSummary, Summary

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


@dataclass(frozen=True, slots=True)
class _Case:
    suite: str
    name: str
    verdict: Verdict
    why: str
    details: str = ""


def render_junit(summary: Summary) -> str:
    """A suite per kind of check; the first holds the run's own verdict, so that no run is without a case."""
    return _document(summary.scenario, list(_cases(summary)), summary.duration_s, summary.started[:19])


def render_outcome_junit(outcome: Outcome) -> str:
    """A case per question that was asked, and one per cause: failed where it fails the gate, else told."""
    cases = [_Case("checks", check.name, check.verdict, check.why) for check in outcome.checks]
    for cause in outcome.causes:
        verdict = Verdict.FAIL if cause.gates(outcome.gate) else Verdict.PASS
        name = f"{cause.where}: {cause.shown.check or cause.shown.source} {cause.shown.identity}"
        cases.append(_Case("findings", name, verdict, f"{cause.level}: {cause.message}", _sightings(cause)))
    return _document(outcome.title, cases, 0.0, "")


def render_comparison_junit(found: Comparison) -> str:
    """A case per number that gates and per finding; inconclusive is an <error>."""
    cases = [_Case("comparison", "verdict", found.verdict, found.title or found.judgement.value, "\n".join(found.why))]
    for one in found.metrics:
        if one.gates:
            name = f"{one.subject or one.metric} of {one.operation}"
            cases.append(_Case("numbers", name, one.judgement.verdict, one.why or one.judgement.value))
    for finding in found.findings:
        name = f"{finding.operation}: {finding.check or finding.source} {finding.identity}"
        told = f"{finding.message}\n{finding.curl}".strip()
        cases.append(_Case("findings", name, finding.judgement.verdict, finding.why or finding.judgement.value, told))
    cases += [_Case("validity", check.check, check.verdict, check.why) for check in found.validity]
    return _document(found.scenario, cases, found.duration_s, found.started[:19])


def _sightings(cause: Cause) -> str:
    """Each finding with the line that shows it; without a line, its count alone."""
    return "\n".join(f"{one.operation}: {one.message} ({one.count}x)\n{one.curl}".strip() for one in cause.findings)


def _document(name: str, cases: list[_Case], seconds: float, started: str) -> str:
    root = ET.Element("testsuites", _totals(cases) | {"name": _clean(name), "time": f"{seconds:.3f}"})
    for suite in dict.fromkeys(case.suite for case in cases):
        mine = [case for case in cases if case.suite == suite]
        stamp = {"timestamp": started} if started else {}
        node = ET.SubElement(root, "testsuite", {"name": suite, **_totals(mine), "time": "0", **stamp})
        for case in mine:
            _write(node, case, _clean(f"{name}.{suite}"))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(summary: Summary) -> Iterator[_Case]:
    yield _Case("run", "verdict", summary.verdict, headline(summary), "\n".join(summary.why))
    for one in summary.expectations:
        yield _Case("expectations", one.text, one.verdict, one.why)
    for name, part in (("fuzz", summary.contract.fuzz), ("oracle", summary.contract.oracle)):
        if part is not None:
            yield _Case(
                "contract", name, part.verdict, part.why, _told(f for f in summary.findings if f.source == name)
            )
    for pact in summary.pacts:
        yield _Case("pacts", f"{pact.consumer} - {pact.provider}: {pact.interaction}", pact.verdict, pact.why)
    for audit in summary.audit:
        cases = "\n".join(f"{case.message}\n{case.curl}".strip() for case in audit.cases)
        yield _Case("audit", audit.check, audit.verdict, audit.why, cases)
    for check in summary.validity:
        yield _Case("validity", check.check, check.verdict, check.why)


def _told(findings: Iterable[FindingSummary]) -> str:
    return "\n".join(f"{f.level}: {f.operation}: {f.message} ({f.count}x)\n{f.curl}".strip() for f in findings)


def _totals(cases: Iterable[_Case]) -> dict[str, str]:
    verdicts = [case.verdict for case in cases]
    return {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count(Verdict.FAIL)),
        "errors": str(verdicts.count(Verdict.UNKNOWN)),
        "skipped": "0",
    }


def _write(suite: ET.Element, case: _Case, class_name: str) -> None:
    node = ET.SubElement(suite, "testcase", {"name": _clean(case.name), "classname": class_name, "time": "0"})
    text = _clean("\n".join(part for part in (case.why, case.details) if part))
    if case.verdict is Verdict.PASS:
        if case.details:
            ET.SubElement(node, "system-out").text = text
        return
    kind = "failure" if case.verdict is Verdict.FAIL else "error"
    ET.SubElement(node, kind, {"type": case.verdict.value, "message": _clean(case.why or case.name)}).text = text


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
