"""What the verifier said, as results and findings."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract import parse_description
from harness.contract.pact_file import PactFile, parse_pact
from harness.contract.pact_judging import judge_pacts
from harness.contract.pact_result import PactResult
from harness.experiment.pact_commands import pact_outcome
from harness.model import Level, Pact, Target, Verdict
from tests.unit.contract.test_pact_promise import DOCUMENT

TARGET = Target(name="shop", url="http://127.0.0.1:1", pact=Pact(provider="shop"))
REFUSED = {"mismatches": [{"type": "StatusMismatch", "actual": 500, "mismatch": "expected 200 but was 500"}]}


def read(item: str, **more: Any) -> dict[str, Any]:
    """An interaction that differs from its like in the parameters of its state alone."""
    states = [{"name": "in stock", "params": {"item": item}}]
    request = {"method": "GET", "path": f"/v1/items/{item}"}
    return {"description": "read", "providerStates": states, "request": request, "response": {"status": 200}, **more}


def told(holds: bool, **more: Any) -> dict[str, Any]:
    """The verifier's word on such an interaction."""
    row = {
        "description": "read",
        "providerStates": ["in stock"],
        "result": "OK" if holds else "Error",
        "pending": False,
    }
    return {**row, **({} if holds else {"mismatch": REFUSED}), **more}


def pact_of(*interactions: dict[str, Any]) -> PactFile:
    """Of one consumer."""
    document = {"consumer": {"name": "web"}, "provider": {"name": "shop"}, "interactions": list(interactions)}
    return parse_pact(json.dumps(document), "p.json")


def judged(pact: PactFile, *results: dict[str, Any], **more: Any) -> PactResult:
    """Without a description, unless one is given."""
    return judge_pacts(TARGET, [pact], {0: {"results": results}}, more.pop("description", None), **more)


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_interactions_of_one_name_are_told_apart_by_their_order(holds: list[bool]) -> None:
    """Each has its own result, and one that fails fails the pact."""
    result = judged(pact_of(*(read(f"i{n}") for n in range(len(holds)))), *map(told, holds))
    assert [one.verdict is Verdict.PASS for one in result.interactions] == holds
    assert result.check.verdict is (Verdict.PASS if all(holds) else Verdict.FAIL)


@pytest.mark.parametrize(
    ("results", "verdict"),
    [((True,), Verdict.UNKNOWN), ((True, False, True), Verdict.FAIL), ((False,), Verdict.FAIL), ((), Verdict.UNKNOWN)],
)
def test_more_or_fewer_results_than_interactions_of_a_name_are_never_a_pass(
    results: tuple[bool, ...], verdict: Verdict
) -> None:
    """Nobody knows which is which."""
    result = judged(pact_of(read("kettle"), read("pot")), *map(told, results))
    assert {one.verdict for one in result.interactions} == {verdict}


def test_a_message_that_nobody_was_asked_for_takes_no_result_of_a_request() -> None:
    """Even where both are named alike."""
    message = {"description": "read", "providerStates": [{"name": "in stock"}], "contents": {}}
    result = judged(pact_of(message, read("kettle")), told(holds=True), no_messages="nothing makes them")
    assert [one.verdict for one in result.interactions] == [Verdict.UNKNOWN, Verdict.PASS]


DESCRIPTION = parse_description(json.dumps(DOCUMENT).encode(), source="openapi.json", target_url="http://127.0.0.1:1")
TEXT = {"response": {"status": 200, "body": {"price": "much"}}}  # where a number is described
UNKNOWN_FIELD = {"response": {"status": 200, "body": {"colour": "red"}}}


@pytest.mark.parametrize("body", [TEXT, UNKNOWN_FIELD])
@pytest.mark.parametrize("by", ["pact", "interaction"])
def test_what_is_pending_cannot_fail_by_the_description_either(body: dict[str, Any], by: str) -> None:
    """At any gate, whoever says that it is pending; the same from a consumer that counts does fail."""
    pact = pact_of(read("kettle", **body))
    whole = replace(pact, pending=by == "pact")
    pending = judged(whole, told(holds=True, pending=by == "interaction"), description=DESCRIPTION)
    firm = judged(pact, told(holds=True), description=DESCRIPTION)
    assert (pending.findings, pending.check.verdict) == ((), Verdict.PASS)
    assert pact_outcome("shop", [pending], Level.NOTE).verdict is Verdict.PASS
    assert pact_outcome("shop", [firm], Level.NOTE).verdict is Verdict.FAIL
