"""Services that misbehave: each ends with a clear finding or reason, in bounded time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract import FuzzResult, fuzz, read_findings, replay
from harness.contract.description import parse_description
from harness.model import Fuzz, Target, Verdict
from harness.report import Outcome, render
from tests.integration.contract.misbehaving import ITEM, Misbehaving, describe, misbehaving
from tests.peak import weighed

pytestmark = pytest.mark.integration
MOST_MIB = 500  # 32 MB an answer, beside an engine that takes 150
SHORT = Fuzz(budget=60, max_examples=5, phases=("coverage",))


def check(service: Misbehaving, tmp_path: Path, plan: Fuzz = SHORT, **target: object) -> FuzzResult:
    """As `harness check` does it."""
    return fuzz(replace(service.target, **target), plan, log_path=tmp_path / "log")  # type: ignore[arg-type]


def test_each_misbehaviour_is_one_error_that_came_back(tmp_path: Path) -> None:
    """No answer, a closed connection, an answer without an end, and HTML that says it is JSON; the well-behaved operation has no error."""
    with misbehaving("fine", "text", "closes", "silent", "drips") as service:
        for path in service.document["paths"].values():
            del path["get"][
                "parameters"
            ]  # so that each is asked a few times only: whoever gives no answer costs two seconds
        result = check(service, tmp_path, replace(SHORT, budget=12))
    errors = {f.operation: f for f in result.findings if f.level == "error"}
    assert {name: f.check for name, f in errors.items()} == {
        "closes": "no_answer",
        "silent": "no_answer",
        "drips": "no_answer",
        "text": "response_schema_conformance",
    }
    assert "did not end" in errors["drips"].message
    assert errors["closes"].curl.startswith('curl "$BASE/closes')
    assert errors["text"].came_back == errors["text"].tried == 3
    assert result.check.verdict is Verdict.FAIL


def test_an_answer_without_bounds_is_dropped_before_it_fills_the_memory(tmp_path: Path) -> None:
    """What is larger than we hold is told as no answer, and neither the command nor the process that asks grows with it."""
    with misbehaving("fine", "floods") as service:
        words = ("--phases", "coverage", "--max-examples", "5", "--json")
        done = weighed("check", service.target.url, *words, cwd=tmp_path, timeout_s=100)
    (error,) = [f for f in json.loads(done.out)["findings"] if f["level"] == "error"]
    assert (done.code, error["operation"], error["check"]) == (1, "floods", "no_answer")
    assert "over 32 MB" in error["message"]
    assert done.peak_mib < MOST_MIB


def test_an_endpoint_that_ends_the_service_is_named(tmp_path: Path) -> None:
    """One finding that says what was sent last and what to do, not one per operation."""
    with misbehaving("fine", "shutdown") as service:
        result = check(service, tmp_path)
    (error,) = [f for f in result.findings if f.level == "error"]
    assert (error.check, result.stopped_by) == ("server_gone", "server_unavailable")
    assert "GET /shutdown" in error.message
    assert "exclude it" in error.message


def test_a_rate_limit_is_obeyed(tmp_path: Path) -> None:
    """After a 429 with Retry-After nothing is sent until then, what confirms a finding included."""
    with misbehaving("limited") as service:
        result = check(service, tmp_path)
    assert service.limited_at
    assert service.impatient == 0
    assert result.tested == ("limited",)


def test_a_login_that_is_lost_half_way_is_no_pass(tmp_path: Path) -> None:
    """Credentials that worked and then do not: what came after tells nothing."""
    token = {"headers": {"Authorization": "Bearer s3cret"}, "secrets": {"s3cret": "$TOKEN"}}
    with misbehaving("login") as service:
        service.login_lasts = 12
        result = check(service, tmp_path, replace(SHORT, phases=("fuzzing",), max_examples=40), **token)
    assert result.check.verdict is Verdict.UNKNOWN
    assert "login" in result.check.why
    assert "refused" in result.check.why


def test_a_description_that_lies_about_its_base_url_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Every operation 404 is one reason, not a finding each."""
    with misbehaving("fine", "text") as service:
        target = service.target
        result = check(service, tmp_path, url=f"{target.url}/v9", description=f"{target.url}/openapi.json")
    assert result.findings == ()
    assert (result.check.verdict, result.check.why.partition(";")[0]) == (
        Verdict.UNKNOWN,
        "every answer was 404: the base URL is likely wrong",
    )


def test_an_invalid_operation_is_named_and_the_valid_ones_are_tested(tmp_path: Path) -> None:
    """A reference to nowhere spoils its own operation only."""
    with misbehaving("fine", "text") as service:
        nowhere = {"$ref": "#/components/parameters/Nowhere"}
        service.document["paths"]["/text"]["get"]["parameters"] = [nowhere]
        result = check(service, tmp_path)
    assert result.tested == ("fine",)
    assert any(one.startswith("text: ") for one in result.untested)
    assert result.check.verdict is Verdict.UNKNOWN


def test_references_that_go_round_or_nowhere_end(tmp_path: Path) -> None:
    """A schema that refers to itself is followed as deep as the answer goes; an answer that refers to nowhere is named, and no pass."""
    with misbehaving("tree", "fine") as service:
        nowhere = {"200": {"$ref": "#/components/responses/Nowhere"}}
        service.document["paths"]["/fine"]["get"]["responses"] = nowhere
        result = check(service, tmp_path)
    (error,) = [f for f in result.findings if f.level == "error"]
    assert (error.operation, error.signature) == ("tree", "200 /branches/*/branches/*/branches type")
    assert any(one.startswith("fine: ") for one in result.untested)


def test_an_api_that_lets_nobody_in_is_no_pass(tmp_path: Path) -> None:
    """Every answer is 401: the reason is one sentence, and nothing is called a pass."""
    with misbehaving("login") as service:
        result = check(service, tmp_path)
    assert result.check.verdict is Verdict.UNKNOWN
    assert result.check.why == "every answer was 401: credentials are missing or wrong"


def test_a_slow_service_ends_with_the_budget(tmp_path: Path) -> None:
    """However many cases there would be; slowness alone is no finding."""
    with misbehaving("slow") as service:
        result = check(service, tmp_path, Fuzz(budget=3, phases=("fuzzing",), max_examples=1000))
    assert result.stopped_by == "budget"
    assert [f for f in result.findings if f.level == "error"] == []
    assert result.cases < 100


def test_a_description_of_ten_megabytes_is_checked_as_any_other(tmp_path: Path) -> None:
    """Most of it is schemas that no operation of this service uses; its one error is found."""
    with misbehaving("fine", "text") as service:
        unused = {f"Unused{n}": {**ITEM, "description": "x" * 900} for n in range(10_000)}
        service.document["components"] = {"schemas": unused}
        assert len(str(service.document)) > 10_000_000
        result = check(service, tmp_path)
    assert [f.operation for f in result.findings if f.level == "error"] == ["text"]
    assert result.tested == ("fine", "text")


def test_what_was_saved_is_sent_again_and_told_mended_once_it_is(tmp_path: Path) -> None:
    """`--replay` of a JSON report fails while a finding comes back, and passes when it does not."""
    file, log = tmp_path / "findings.json", tmp_path / "log"
    with misbehaving("fine", "text") as service:
        target = Target(name="shop", url=service.target.url)
        result = check(service, tmp_path)
        errors = tuple(f for f in result.findings if f.level == "error")
        file.write_text(
            render("json", Outcome(command="check", subject="shop", checks=(result.check,), findings=errors))
        )
        raw = str(describe(service.paths)).replace("'", '"').encode()
        description = parse_description(raw, source="openapi.json", target_url=target.url)
        (saved,) = read_findings(file)
        assert saved.identity == errors[0].identity
        (still,) = replay(target, (saved,), description, log_path=log)
        service.mended = True
        (mended,) = replay(target, (saved,), description, log_path=log)
    assert (still.verdict, still.why) == (Verdict.FAIL, "it came back 3 of 3 times")
    assert mended.verdict is Verdict.PASS


def test_graphql_is_checked_and_told_in_the_same_shape(tmp_path: Path) -> None:
    """A resolver that fails is an error of its field, with a line that shows it."""
    with misbehaving("graphql") as service:
        result = check(service, tmp_path, replace(SHORT, phases=("fuzzing",), max_examples=30))
    errors = {(f.operation, f.check, f.signature) for f in result.findings if f.level == "error"}
    assert errors == {("Query.hello", "not_a_server_error", "hello")}
    assert result.tested == ("Query.hello",)
    assert result.findings[0].curl.startswith('curl -X POST "$BASE/graphql"')
    assert result.findings[0].came_back == 3
