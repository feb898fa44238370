"""One fault, one identity, whoever sees it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from harness.contract import Oracle, OracleSpec, fuzz, parse_description
from harness.model import Exchange, Fuzz, Outcome
from tests.integration.contract.misbehaving import misbehaving

pytestmark = pytest.mark.integration
SHORT = Fuzz(budget=30, max_examples=5, phases=("coverage",))


def test_what_is_wrong_has_one_identity_in_fuzzing_and_under_load(tmp_path: Path) -> None:
    """Each of the two headers, the missing one, the body, and a status: the oracle, shown one answer of each, calls them the same."""
    with misbehaving("headed", "teapot", "text") as service:
        fuzzed = {
            (f.operation, f.check, f.signature)
            for f in fuzz(service.target, SHORT, log_path=tmp_path / "log").findings
            if f.level != "note"
        }
        raw = json.dumps(service.document).encode()
        oracle = Oracle(OracleSpec.of(parse_description(raw, source="x", target_url=service.target.url)))
        for path in service.paths:
            answer = httpx.get(f"{service.target.url}/{path}")
            oracle.saw(
                Exchange(
                    operation=path,
                    method="GET",
                    url=str(answer.url),
                    outcome=Outcome.OK,
                    status=answer.status_code,
                    intended_ns=0,
                    start_ns=0,
                    end_ns=0,
                    user="1",
                    request_headers={},
                    request_body=b"",
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=answer.content,
                )
            )
    loaded = {
        (str(row["operation"]), str(row["check"]), str(row["signature"]))
        for row in oracle.drain()
        if row["kind"] == "finding"
    }
    assert ("headed", "response_headers_conformance", "x-left type") in fuzzed
    assert len(loaded) == 6
    assert fuzzed == loaded
