"""Prometheus reads what there is to show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.ui.metrics import exposition
from tests.unit.ui.test_statistics import FIGURES, TEST

VALIDITY = [
    {"check": "generator CPU", "verdict": "pass", "value": 0.4, "limit": 0.9, "unit": "share"},
    {"check": "late arrivals", "verdict": "unknown", "value": None, "limit": None, "unit": ""},
]
EXPECTED = [{"text": "p99 <= 1s", "verdict": "pass"}]
ABOUT = {"target": "t", "verdict": "", "at_s": 1.5, "validity": VALIDITY, "expectations": EXPECTED}
RUN = {**TEST, "run": "r1", "scenario": 'a "b"\nc\\d', **ABOUT}
AUDIT = {
    "asked": ["no-lost-orders", "money-conserved"],
    "recorded": {"order": {"ok": 7, "fail": 1, "info": 2, "invoke": 10}},
    "results": [{"check": "no-lost-orders", "verdict": "fail"}],
}
FAULTS = {"faults": [{"name": "slow", "edge": "db", "kind": "latency", "phase": "in force"}]}
FINDINGS = {
    "findings": [{"level": "error", "source": "oracle"}, {"level": "error", "source": "oracle"}],
    "coverage": [{"kind": "statuses", "seen": 3, "total": 4}],
    "judged": 12,
    "checks": [{"name": "generated requests", "verdict": "", "says": "phase fuzzing"}],
}


@pytest.fixture(scope="module")
def samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = exposition(RUN, FIGURES, FAULTS, FINDINGS, AUDIT)
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_every_sample_is_read_back(samples: dict[tuple[str, tuple[tuple[str, str], ...]], float]) -> None:
    """By Prometheus's own parser, with awkward names whole."""
    assert samples["harness_requests_total", (("operation", "place_order"), ("outcome", "5xx"))] == 2
    assert samples["harness_latency_seconds", (("operation", "place_order"), ("quantile", "0.5"))] == 0.0041234
    assert samples["harness_latency_seconds", (("operation", "place_order"), ("quantile", "0.99"))] == float("inf")
    assert samples["harness_fault_in_force", (("edge", "db"), ("fault", "slow"), ("kind", "latency"))] == 1
    assert samples["harness_findings", (("level", "error"), ("source", "oracle"))] == 2
    assert samples["harness_coverage_ratio", (("kind", "statuses"),)] == 0.75
    info = next(labels for name, labels in samples if name == "harness_run_info")
    assert dict(info)["scenario"] == 'a "b"\nc\\d'
    assert samples["harness_run_state", (("state", "running"),)] == 1


def test_audit_contract_and_validity_are_told(
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float],
) -> None:
    """What is asked for and not decided is -1 from the start; a limit and where it stands are numbers; what has none is left out."""
    assert samples["harness_audit", (("check", "no-lost-orders"),)] == 0
    assert samples["harness_audit", (("check", "money-conserved"),)] == -1
    assert samples["harness_audit_recorded_total", (("effect", "order"), ("told", "not known"))] == 2
    assert samples["harness_contract", (("check", "generated requests"),)] == -1
    assert samples["harness_answers_judged_total", ()] == 12
    assert samples["harness_validity", (("check", "late arrivals"),)] == -1
    assert samples["harness_validity_value", (("check", "generator CPU"), ("unit", "share"))] == 0.4
    assert samples["harness_validity_limit", (("check", "generator CPU"), ("unit", "share"))] == 0.9
    assert ("harness_validity_value", (("check", "late arrivals"), ("unit", ""))) not in samples


def test_the_dashboard_asks_for_what_there_is() -> None:
    """Every metric that a panel or an annotation names is exposed, so that none stays empty for a typing error."""
    text = (Path(__file__).resolve().parents[3] / "docs/grafana-dashboard.json").read_text()
    asked = set(re.findall(r"harness_[a-z_]+", " ".join(expression for expression, _ in _targets(json.loads(text)))))
    exposed = set(re.findall(r"^# TYPE (harness_\S+)", exposition(RUN, FIGURES, FAULTS, FINDINGS, AUDIT), re.MULTILINE))
    assert asked
    assert asked <= exposed


def test_the_dashboard_knows_the_labels_that_there_are(
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float],
) -> None:
    """Whatever it filters by, sums by, or writes into a legend is a label of every metric that it asks for there."""
    labels: dict[str, set[str]] = {}
    for name, pairs in samples:
        labels.setdefault(name, set()).update(key for key, _ in pairs)
    targets = list(
        _targets(json.loads((Path(__file__).resolve().parents[3] / "docs/grafana-dashboard.json").read_text()))
    )
    assert len(targets) >= 20
    named = set()
    for expression, shown in targets:
        by = {one.strip() for some in re.findall(r"by \(([^)]*)\)", expression) for one in some.split(",")}
        filtered = set(re.findall(r"[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)", expression))
        legend = set(re.findall(r"{{\s*([a-z_]+)\s*}}", shown))
        assert not by or legend <= by, expression
        for metric in re.findall(r"harness_[a-z_]+", expression):
            assert by | filtered | legend <= labels[metric], (metric, expression, shown)
        named |= by | filtered | legend
    assert {"operation", "outcome", "quantile", "check", "worker"} <= named


def _targets(node: object) -> Iterator[tuple[str, str]]:
    """Each expression, with what is written beside what it finds."""
    if isinstance(node, dict):
        if "expr" in node:
            yield (
                node["expr"],
                " ".join(str(node.get(key, "")) for key in ("legendFormat", "titleFormat", "textFormat")),
            )
        for value in node.values():
            yield from _targets(value)
    elif isinstance(node, list):
        for value in node:
            yield from _targets(value)


def test_before_a_test_there_is_something_to_scrape() -> None:
    """Not an error: Prometheus comes when it comes."""
    families = list(text_string_to_metric_families(exposition({}, {}, {}, {}, {})))
    assert {one.name for one in families} >= {"harness_run_state", "harness_requests", "harness_load_achieved"}
