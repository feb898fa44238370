"""One fault, one identity, whoever sees it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from harness.contract import Oracle, OracleSpec, fetch_description, fuzz, parse_description
from harness.model import Fuzz
from tests.integration.contract.answers import Answer, exchange_of
from tests.integration.contract.misbehaving import misbehaving

pytestmark = pytest.mark.integration
SHORT = Fuzz(budget=30, max_examples=5, phases=("coverage",))


def test_what_is_wrong_has_one_identity_in_fuzzing_and_under_load(tmp_path: Path) -> None:
    """Each of the two headers, the missing one, the body, a status, and a 503 that nobody promised: the oracle, shown one answer of each,
    calls them the same; a 503 that the description names is neither's error."""
    with misbehaving("headed", "teapot", "text", "degraded", "overloaded") as service:
        fuzzed = {
            (f.operation, f.check, f.signature)
            for f in fuzz(service.target, SHORT, log_path=tmp_path / "log").findings
            if f.level != "note"
        }
        raw = json.dumps(service.document).encode()
        oracle = Oracle(OracleSpec.of(parse_description(raw, source="x", target_url=service.target.url)))
        for path in service.paths:
            got = httpx.get(f"{service.target.url}/{path}")
            headers = {name.lower(): value for name, value in got.headers.items()}
            answer = Answer(method="GET", path=f"/{path}", status=got.status_code, headers=headers, body=got.content)
            oracle.saw(exchange_of(answer, str(got.url), path))
    loaded = {
        (str(row["operation"]), str(row["check"]), str(row["signature"]))
        for row in oracle.drain()
        if row["kind"] == "finding"
    }
    assert ("headed", "response_headers_conformance", "x-left type") in fuzzed
    assert ("overloaded", "not_a_server_error", "503") in fuzzed
    assert len(loaded) == 7
    assert fuzzed == loaded


def test_a_resolver_that_fails_has_one_identity_in_fuzzing_and_under_load(tmp_path: Path) -> None:
    """GraphQL: the oracle reads which field it was from the query."""
    with misbehaving("graphql") as service:
        fuzzed = fuzz(service.target, replace(SHORT, phases=("fuzzing",), max_examples=30), log_path=tmp_path / "log")
        described = fetch_description(service.target)
        oracle, body = Oracle(OracleSpec.of(described)), {"query": '{ hello(name: "long enough") }'}
        url = f"{service.target.url}/graphql"
        got = httpx.post(url, json=body)
        answer = Answer(
            method="POST", path="/graphql", status=got.status_code, headers=dict(got.headers), body=got.content
        )
        oracle.saw(replace(exchange_of(answer, url, "hello"), request_body=json.dumps(body).encode()))
    rows = oracle.drain()
    loaded = {(r["operation"], r["check"], r["signature"]) for r in rows if r["kind"] == "finding"}
    assert loaded == {("Query.hello", "not_a_server_error", "hello")}
    assert loaded <= {(f.operation, f.check, f.signature) for f in fuzzed.findings}
