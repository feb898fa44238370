"""The Contract page's document: it grows as answers are judged, and ends as what the summary says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.contract.description import Description, parse_description
from harness.experiment.cockpit.contract_shown import FUZZ, ORACLE, PACTS, ContractShown
from harness.experiment.gathered import Gathered
from harness.model import ContractPlan, Finding, Fuzz, Level, Load, OpenStage, Profile, Scenario, Target, Verdict
from harness.results import ContractSummary, Coverage, FindingSummary, FuzzSummary, OracleSummary, PactSummary, Summary

ANSWERS = {"200": {"description": "ok"}, "404": {"description": "no"}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/a": {"get": {"operationId": "read_a", "responses": ANSWERS}},
        "/b": {"get": {"operationId": "read_b", "responses": ANSWERS}},
    },
}


def described() -> Description:
    return parse_description(json.dumps(DOCUMENT).encode(), source="/home/me/openapi.json", target_url="http://t")


def scenario(**contract: Any) -> Scenario:
    load = Load(locustfile=Path("x.py"), profile=Profile((OpenStage(name="load", rate=1, duration=1),)))
    return Scenario(
        name="s", target=Target(name="t", url="http://t"), load=load, contract=ContractPlan(**contract), expect=()
    )


def found(signature: str, level: Level = Level.ERROR, source: str = "oracle", **more: Any) -> Finding:
    return Finding(
        operation="read_a", check="c", signature=signature, level=level, source=source, message=signature, **more
    )


def seen(operation: str, status: int, n: int) -> dict[str, Any]:
    return {"kind": "seen", "operation": operation, "status": status, "n": n}


def test_each_part_that_was_asked_for_is_there_from_the_start() -> None:
    """As not yet, without a verdict; a part that was not asked for is not."""
    shown = ContractShown(scenario(oracle=("all",), fuzz=Fuzz(budget=1.0))).state
    assert [(one.name, one.verdict, one.says) for one in shown.checks] == [
        (FUZZ, "", "not yet"),
        (ORACLE, "", "not yet"),
    ]
    assert shown.oracle
    assert ContractShown(scenario(pact=True)).state.checks[0].name == PACTS
    assert ContractShown().state.checks == ()


def test_coverage_fills_up_as_answers_come() -> None:
    """Each kind with how much was seen of how much, and what is missing by name; answers that were judged are counted."""
    shown, gathered = ContractShown(scenario(oracle=("all",))), Gathered()
    shown.opened(described())
    assert shown.state.description == "openapi.json"  # a page tells nobody where somebody works
    shares = []
    for row in (seen("read_a", 200, 5), seen("read_a", 404, 1), seen("read_b", 200, 2)):
        gathered.oracle_rows.append(row)
        shown.look(gathered)
        shares.append({one.kind: (one.seen, one.total) for one in shown.state.coverage})
    assert [one["statuses"] for one in shares] == [(1, 4), (2, 4), (3, 4)]
    assert [one["operations"] for one in shares] == [(1, 2), (1, 2), (2, 2)]
    statuses = next(one for one in shown.state.coverage if one.kind == "statuses")
    assert statuses.missing == ("read_b 404",)
    assert shown.state.judged == 8
    assert shown.state.checks[0].says == "8 judged so far"


def test_findings_come_worst_first_and_each_once() -> None:
    """Seen again, its count is the newer one; seen by two, it is one line with both names and their sum."""
    shown = ContractShown(scenario(oracle=("all",)))
    for one in (found("w", Level.WARNING, count=9), found("e", count=1), found("n", Level.NOTE), found("e", count=4)):
        shown.finding(one)
    shown.finding(found("e", source="fuzz", count=2, curl="curl http://t/a"))
    lines = [(one.level, one.message, one.count) for one in shown.state.findings]
    assert lines == [("error", "e", 6), ("warning", "w", 9), ("note", "n", 1)]
    assert shown.state.findings[0].source == "oracle and fuzz"
    assert shown.state.findings[0].curl == "curl http://t/a"


def test_what_came_of_the_check_takes_the_place_of_what_was_told_on_the_way() -> None:
    """Cases while they are sent; a check that failed says why, and is unknown."""
    shown, gathered = ContractShown(scenario(fuzz=Fuzz(budget=1.0), pact=True)), Gathered()
    gathered.so_far.phase, gathered.so_far.cases = "fuzzing", 1200
    shown.checking(gathered, [found("e", source="fuzz")])
    assert shown.state.checks[0].says == "phase fuzzing: 1,200 cases so far"
    assert [one.message for one in shown.state.findings] == ["e"]
    gathered.fuzz_failed, gathered.pact_failed = "the service went away", "no pact could be read"
    shown.checked(gathered)
    assert [(one.verdict, one.says) for one in shown.state.checks] == [
        ("unknown", "the service went away"),
        ("unknown", "no pact could be read"),
    ]
    assert shown.state.findings[0].source == "fuzz"  # what was seen before that was seen


@pytest.mark.parametrize("kept", [True, False])
def test_at_the_end_it_is_what_the_summary_says(kept: bool) -> None:
    """Verdicts, coverage and findings; what was told on the way and is not in the summary is gone."""
    shown = ContractShown(scenario(oracle=("all",), fuzz=Fuzz(budget=1.0), pact=True))
    shown.finding(found("flaky"))
    verdict = Verdict.PASS if kept else Verdict.FAIL
    only = FindingSummary(identity="i", level="error", source="oracle", operation="read_a", message="m", at_s=1.0)
    contract = ContractSummary(
        description="openapi.json",
        fuzz=FuzzSummary(verdict=Verdict.PASS, why="1,200 cases"),
        oracle=OracleSummary(verdict=verdict, why="8 answers", judged=8),
        coverage=(Coverage(kind="statuses", seen=3, total=4),),
    )
    pacts = [
        PactSummary(
            consumer="web", provider="t", interaction=str(n), verdict=Verdict.PASS if kept or n else Verdict.FAIL
        )
        for n in range(3)
    ]
    shown.conclude(
        Summary(
            run="r", scenario="s", target="t", verdict=verdict, contract=contract, pacts=tuple(pacts), findings=(only,)
        )
    )
    says = {one.name: (one.verdict, one.says) for one in shown.state.checks}
    assert says[ORACLE] == (str(verdict), "8 answers")
    assert says[PACTS] == (str(verdict), f"{3 if kept else 2} of 3 interactions kept")
    assert shown.state.findings == (only,)
    assert (shown.state.judged, shown.state.coverage[0].seen) == (8, 3)
