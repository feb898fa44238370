"""What machines read of a run and of a comparison: SARIF, GitHub annotations, OpenMetrics, JUnit."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from harness.model import Judgement
from harness.report import COMPARISON_FORMATS, RUN_FORMATS, render_openmetrics
from harness.report.junit import render_comparison_junit
from harness.report.openmetrics import render_comparison_openmetrics
from harness.results import RunReader, Summary, summary_of
from tests.unit.report.synthetic_comparison import HOSTILE, NOISY, Case, compared


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by name and the labels that tell it apart, read by Prometheus's own parser."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            own = tuple(
                v for k, v in sorted(one.labels.items()) if k not in ("scenario", "target", "base", "candidate")
            )
            found[(one.name, *own)] = one.value
    return found


def test_metrics_are_read_by_prometheus_itself(reader: RunReader) -> None:
    """Verdict, latency in seconds, expectations in base units, coverage as a ratio."""
    found = samples(RUN_FORMATS["openmetrics"](reader))
    assert found[("harness_run_verdict",)] == 1
    assert found[("harness_latency_seconds", "place_order", "0.99", "hurt")] == pytest.approx(0.824, abs=0.01)
    assert found[("harness_expectation_limit", "p99 of place_order <= 250ms during steady")] == 0.25
    assert found[("harness_coverage_ratio", "operations")] == pytest.approx(10 / 13)
    assert found[("harness_findings", "error", "audit")] == 1


def test_a_latency_without_end_is_told_as_infinite(reader: RunReader) -> None:
    """Not left out: a dashboard must not look healthy when nothing was answered."""
    base = summary_of(reader)
    assert base.overall is not None
    never = base.overall.model_copy(update={"latency_ms": base.overall.latency_ms.model_copy(update={"p99": inf})})
    found = samples(render_openmetrics(base.model_copy(update={"overall": never})))
    assert found[("harness_latency_seconds", "all operations", "0.99", "run")] == inf


@given(text=st.text(max_size=60))
def test_any_name_is_a_label(text: str) -> None:
    """Quotes, line feeds and half a surrogate break no line, and equal labels are told once."""
    summary = Summary(
        run="r", scenario=text, target=text, verdict="unknown", audit=[{"check": text, "verdict": "pass"}] * 2
    )
    assert samples(render_openmetrics(summary))[("harness_run_verdict",)] == 2


def test_metrics_of_a_comparison() -> None:
    """Effects with both ends of their interval."""
    found = samples(render_comparison_openmetrics(compared()))
    assert found[("harness_comparison_verdict",)] == 1
    assert found[("harness_comparison_effect", "regressed", "p95", "place_order")] == pytest.approx(0.2, abs=0.02)
    assert samples(render_comparison_openmetrics(compared(HOSTILE)))


def test_sarif_of_a_run_keeps_the_identity_of_its_findings(reader: RunReader) -> None:
    """So that an alert stays the same alert, whichever command found it."""
    told = json.loads(RUN_FORMATS["sarif"](reader))["runs"][0]
    seen = {one["partialFingerprints"]["harness/v1"] for one in told["results"]}
    assert seen == {one.identity for one in summary_of(reader).findings}
    assert told["invocations"][0]["exitCode"] == 1


def test_annotations_of_a_run_end_with_its_verdict(reader: RunReader) -> None:
    """And name the finding that failed it."""
    lines = RUN_FORMATS["github"](reader).splitlines()
    assert lines[-1].startswith("::error title=harness run payment-outage::fail")
    assert any("order 9f2c was charged twice" in line for line in lines)


def test_junit_of_a_comparison_never_turns_inconclusive_into_a_pass() -> None:
    """An error each; a regression is a failure; what does not gate is no case."""
    noisy = ET.fromstring(render_comparison_junit(compared(NOISY)))
    assert int(noisy.get("errors") or 0) > 0
    slower = compared(Case(findings=False))
    root = ET.fromstring(render_comparison_junit(slower))
    assert int(root.get("failures") or 0) >= sum(one.judgement == "regressed" for one in slower.metrics)
    assert len(root.findall(".//testcase[@classname='payment-outage.numbers']")) == sum(m.gates for m in slower.metrics)
    ET.fromstring(render_comparison_junit(compared(HOSTILE)))


@pytest.mark.parametrize("name", sorted(COMPARISON_FORMATS))
def test_a_comparison_is_written_in_every_format_of_a_run(name: str) -> None:
    """Whatever the names in it are, each format is a document of its kind and no format is missing."""
    assert set(COMPARISON_FORMATS) == set(RUN_FORMATS)
    for case in (Case(), NOISY, HOSTILE):
        text = COMPARISON_FORMATS[name](compared(case))
        assert text.endswith("\n") or name == "html"
        if name in ("json", "sarif"):
            assert json.loads(text)
        if name == "junit":
            assert ET.fromstring(text.encode()).tag == "testsuites"


def test_what_got_slower_is_an_alert_and_what_could_not_be_told_a_warning() -> None:
    """One result per number that gates, the same fingerprint next time, both values and the interval in the message."""
    found = compared(Case())
    (run,) = json.loads(COMPARISON_FORMATS["sarif"](found))["runs"]
    worse = [one for one in run["results"] if one["level"] == "error" and one["properties"]["source"] == "compare"]
    regressed = [one for one in found.metrics if one.gates and one.judgement is Judgement.REGRESSED]
    assert regressed
    assert {(one["ruleId"], one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]) for one in worse} == {
        (f"regressed_{one.metric}", one.operation) for one in regressed
    }
    assert all("in the base" in one["message"]["text"] and "[" in one["message"]["text"] for one in worse)
    again = json.loads(COMPARISON_FORMATS["sarif"](compared(Case())))["runs"][0]["results"]
    assert [one["partialFingerprints"] for one in again] == [one["partialFingerprints"] for one in run["results"]]
    doubtful = json.loads(COMPARISON_FORMATS["sarif"](compared(NOISY)))["runs"][0]
    assert "error" not in {one["level"] for one in doubtful["results"] if one["properties"]["source"] == "compare"}
    assert "warning" in {one["level"] for one in doubtful["results"]}
    assert doubtful["invocations"][0]["exitCode"] == 2


def test_an_improvement_is_no_alert() -> None:
    """Only what got worse, or could not be told, is for a code scanner."""
    (run,) = json.loads(COMPARISON_FORMATS["sarif"](compared(Case(slower=(("place_order", 0.8),)))))["runs"]
    assert not [one for one in run["results"] if one["ruleId"].startswith("improved")]


@pytest.mark.parametrize("case", [Case(), NOISY, HOSTILE])
def test_sarif_of_a_comparison_is_valid(case: Case) -> None:
    """Against the schema of SARIF 2.1.0 itself."""
    assert sarif_errors(COMPARISON_FORMATS["sarif"](compared(case))) == []


def test_sarif_of_a_run_is_valid(reader: RunReader) -> None:
    """Against the schema of SARIF 2.1.0 itself; and the schema is no rubber stamp."""
    text = RUN_FORMATS["sarif"](reader)
    assert json.loads(text)["runs"][0]["results"]
    assert sarif_errors(text) == []
    assert sarif_errors(text.replace('"ruleId"', '"rule"'))


def sarif_errors(text: str) -> list[str]:
    """What the schema says of a document."""
    schema = json.loads((Path(__file__).parents[2] / "documents" / "schemas" / "sarif-2.1.0.json").read_text())
    return [one.message for one in Draft4Validator(schema).iter_errors(json.loads(text))]
