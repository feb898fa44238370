"""summary.json: its core, what it does with infinity, and its schema."""

from __future__ import annotations

import json
from math import inf

import jsonschema_rs

from harness.model import Check, Expectation, FaultRecord, Finding, Level, Verdict
from harness.results import (
    OperationSummary,
    Quantiles,
    Summary,
    expectation_of,
    fault_of,
    finding_of,
    validity_of,
)


def summary() -> Summary:
    """With one of each."""
    figures = OperationSummary(
        name="place_order",
        seconds=60,
        requests=9000,
        rate=149.9,
        errors=12,
        latency_ms=Quantiles(p50=4.1, p99=inf, **{"p99.9": inf}),
    )
    return Summary(
        run="r",
        scenario="s",
        target="t",
        verdict=Verdict.FAIL,
        why=("w",),
        operations=(figures,),
        expectations=(
            expectation_of(
                Expectation.parse("p99 of place_order <= 250ms"),
                Check(name="x", verdict=Verdict.PASS, why="", value=0.0123, limit=0.25, unit="s"),
            ),
        ),
        faults=(
            fault_of(
                FaultRecord(name="gone", edge="payments", kind="down", describe="down", asked_s=45.0, from_s=45.0)
            ),
        ),
        findings=(
            finding_of(
                Finding(
                    operation="o",
                    check="c",
                    signature="s",
                    level=Level.ERROR,
                    source="oracle",
                    message="m",
                    at_ns=2_000_000_000,
                )
            ),
        ),
        validity=(validity_of(Check(name="late arrivals", verdict=Verdict.PASS, why="", value=0.001, unit="share")),),
    )


def test_the_core_reads_as_documented() -> None:
    """Names and units that others build on."""
    core = json.loads(summary().model_dump_json())
    assert core["format"] == 1
    assert core["operations"][0]["latency_ms"]["p99.9"] == "Infinity"
    assert core["expectations"][0] | {"why": ""} == {
        "text": "p99 of place_order <= 250ms", "verdict": "pass", "why": "", "value": 12.3, "limit": 250.0, "unit": "ms", "cmp": "<="
    }  # fmt: skip
    assert core["faults"][0]["from_s"] == 45.0
    assert core["findings"][0]["at_s"] == 2.0
    assert len(core["findings"][0]["identity"]) == 12


def test_it_reads_back_as_it_was() -> None:
    """Infinity included."""
    assert Summary.model_validate_json(summary().model_dump_json()) == summary()


def test_the_published_schema_admits_what_is_written() -> None:
    """An editor or a consumer that checks will not complain."""
    schema = Summary.model_json_schema(mode="serialization")
    jsonschema_rs.validator_for(schema).validate(json.loads(summary().model_dump_json()))


def test_a_key_of_a_later_version_is_skipped() -> None:
    """The schema only grows, so an older reader reads on."""
    later = json.loads(summary().model_dump_json()) | {"weather": "fine"}
    assert Summary.model_validate(later) == summary()
