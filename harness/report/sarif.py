"""Findings as SARIF 2.1.0, for code scanning. https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html"""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from harness import __version__
from harness.model import Finding
from harness.report.outcome import Outcome

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(outcome: Outcome) -> str:
    """One run; a result per finding, with its identity as fingerprint, so that it stays the same alert from run to run."""
    rules = list(dict.fromkeys(one.check or one.source for one in outcome.findings))
    run: dict[str, object] = {
        "tool": {
            "driver": {
                "name": "harness",
                "version": __version__,
                "rules": [_rule(name, outcome.findings) for name in rules],
            }
        },
        "automationDetails": {"id": f"{outcome.title}/"},
        "results": [_result(one, outcome, rules) for one in outcome.findings],
        "invocations": [
            {
                "executionSuccessful": outcome.verdict != "unknown",
                "exitCode": outcome.verdict.exit_code,
                "exitCodeDescription": f"{outcome.verdict}: {outcome.why}",
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str, findings: Iterable[Finding]) -> dict[str, object]:
    level = next(str(one.level) for one in findings if (one.check or one.source) == name)
    title = name.replace("_", " ")
    return {"id": name, "shortDescription": {"text": title}, "defaultConfiguration": {"level": level}}


def _result(one: Finding, outcome: Outcome, rules: list[str]) -> dict[str, object]:
    rule = one.check or one.source
    text = one.message + (f"\n\n{one.curl}" if one.curl else "")
    found: dict[str, object] = {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": str(one.level),
        "message": {"text": text},
        "locations": [_location(one, outcome)],
        "partialFingerprints": {"harness/v1": one.identity},
        "occurrenceCount": one.count,
        "properties": {"source": one.source, "tried": one.tried, "cameBack": one.came_back},
    }
    if one.accepted:
        found["suppressions"] = [{"kind": "external", "justification": one.accepted}]
    return found


def _location(one: Finding, outcome: Outcome) -> dict[str, object]:
    place = one.place or outcome.place
    found: dict[str, object] = {}
    if place:
        uri = place if "://" in place else quote(place.removeprefix("./"))
        found["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": {"startLine": max(1, one.line)}}
    if one.operation:
        found["logicalLocations"] = [{"fullyQualifiedName": one.operation, "kind": "function"}]
    return found
