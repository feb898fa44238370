"""Every format of findings, made from one Outcome."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from harness.errors import BadInput
from harness.model import Check, Finding, Level, Verdict
from harness.report import FORMATS, Outcome, render

NASTY = "100% <b>\n::error::, $TOKEN\x00"
FINDINGS = (
    Finding(
        operation="read_item",
        check="not_a_server_error",
        signature="500",
        level=Level.ERROR,
        source="fuzz",
        message=f"It answered 500 {NASTY}",
        count=456,
        curl='curl "$BASE/items/1"',
        tried=3,
        came_back=3,
        place="api/openapi.yaml",
        line=12,
    ),
    *(
        Finding(
            operation=f"op{n}",
            check="status_code_conformance",
            signature="401",
            level=Level.WARNING,
            source="fuzz",
            message="401 is not documented",
        )
        for n in range(60)
    ),
    Finding(
        operation="old",
        check="own",
        signature="",
        level=Level.ERROR,
        source="fuzz",
        message="known",
        accepted="accepted until 2030-01-01",
    ),
)
OUTCOME = Outcome(
    command="check",
    subject="shop",
    checks=(Check(name="contract", verdict=Verdict.FAIL, why="1 error that is new"),),
    findings=FINDINGS,
    facts=("640 cases",),
    place="api/openapi.yaml",
)


def test_github_tells_causes_with_their_place_on_lines_of_their_own() -> None:
    """One annotation per cause and one for the verdict; nothing that a service said can open a command of its own."""
    lines = render("github", OUTCOME).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice", "::error"]
    assert lines[0].startswith(
        "::error title=not_a_server_error%3A read_item,file=api/openapi.yaml,line=12::It answered 500 100%25 <b>%0A"
    )
    assert "60 operations" in lines[1]
    assert lines[-1] == "::error title=harness check shop::fail: 1 error that is new"


def test_sarif_keeps_the_identity_as_fingerprint_and_suppresses_what_is_accepted() -> None:
    """A result per finding; code scanning knows an alert again by its fingerprint."""
    (run,) = json.loads(render("sarif", OUTCOME))["runs"]
    first, last = run["results"][0], run["results"][-1]
    assert (first["level"], first["occurrenceCount"], first["partialFingerprints"]) == (
        "error",
        456,
        {"harness/v1": FINDINGS[0].identity},
    )
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "api/openapi.yaml"},
        "region": {"startLine": 12},
    }
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "not_a_server_error"
    assert last["suppressions"] == [{"kind": "external", "justification": "accepted until 2030-01-01"}]
    assert len(run["results"]) == len(FINDINGS)


def test_junit_fails_what_fails_the_gate_and_only_tells_the_rest() -> None:
    """The number of failures is the number of failed checks and of causes that fail."""
    root = ET.fromstring(render("junit", OUTCOME))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "0")
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [
        "contract",
        f"read_item: not_a_server_error {FINDINGS[0].identity}",
    ]


def test_json_holds_every_finding_and_each_cause() -> None:
    """What `--json` prints is what `--format json` writes."""
    document = json.loads(render("json", OUTCOME))
    assert (document["verdict"], len(document["findings"]), len(document["causes"])) == ("fail", 62, 3)
    assert [cause["fails"] for cause in document["causes"]] == [True, False, False]


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_pages_escape_what_a_service_said(name: str) -> None:
    """Neither markup of a page nor of a comment comes from an answer."""
    text = render(name, OUTCOME)
    assert "<b>" not in text.replace("<b>p50", "").replace(r"\<b\>", "")
    assert "60 operations" in text


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_tells_an_unknown_verdict_as_such(name: str) -> None:
    """No findings and no verdict is no pass in any format."""
    empty = Outcome(
        command="check",
        subject="shop",
        checks=(Check(name="contract", verdict=Verdict.UNKNOWN, why="no case was sent"),),
    )
    text = render(name, empty)
    assert "unknown" in text
    assert "no case was sent" in text


def test_a_format_that_nobody_writes_is_named_with_the_nearest() -> None:
    """A mistyped flag is bad input."""
    with pytest.raises(BadInput, match="sarif"):
        render("sarife", OUTCOME)
