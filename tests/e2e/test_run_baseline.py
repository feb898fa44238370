"""What the oracle finds under load, and what breaks a pact, can be accepted for a while."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import harness, runs
from tests.integration.contract.misbehaving import misbehaving
from tests.integration.contract.provider_double import provider

pytestmark = pytest.mark.integration
SCENARIO = """\
name: known
target: %s
load:
  locustfile: mine.py
  profile: {name: load, rate: 20/s, for: 1s}
contract: {oracle: all%s}
expect: [errors <= 50%%, findings <= 0%s]
"""
COVERAGE = ", coverage of operations >= 90%, coverage of statuses >= 90%"
LOCUSTFILE = """\
from locust import FastHttpUser, task

class Mine(FastHttpUser):
    @task
    def look(self):
        self.client.get("/text")
"""


def summary(folder: Path) -> dict[str, Any]:
    """Of the newest run."""
    found: dict[str, Any] = json.loads((runs(folder)[-1] / "summary.json").read_text())
    return found


def test_a_run_accepts_what_its_baseline_knows(tmp_path: Path) -> None:
    """The first run fails, by its coverage of statuses, too (a documented 400 never came), and writes what it found; the next one, whose
    scenario names that file, does not fail by it, shows it as accepted, and a broken file is told before anything is sent."""
    (tmp_path / "mine.py").write_text(LOCUSTFILE)
    scenario, known = tmp_path / "known.yaml", tmp_path / "accepted.yaml"
    with misbehaving("text") as service:
        scenario.write_text(SCENARIO % (service.target.url, "", COVERAGE))
        first = harness("run", "known.yaml", "--baseline", "accepted.yaml", "--baseline-update", cwd=tmp_path).run()
        told = summary(tmp_path)
        scenario.write_text(SCENARIO % (service.target.url, ", baseline: accepted.yaml", ""))
        harness("run", "known.yaml", cwd=tmp_path).run()
        again = summary(tmp_path)
        text = known.read_text()
        known.write_text("nothing")
        broken = harness("run", "known.yaml", cwd=tmp_path).run()
    assert (first.returncode, told["contract"]["oracle"]["verdict"]) == (1, "fail"), first.stderr
    assert "1 finding is accepted" in first.stderr
    assert [(one["verdict"], one["value"]) for one in told["expectations"][2:]] == [("pass", 1.0), ("fail", 0.5)]
    assert "text" in text
    assert again["contract"]["oracle"]["verdict"] == "pass"
    assert "the baseline accepts" in again["contract"]["oracle"]["why"]
    assert [one["verdict"] for one in again["expectations"]] == ["pass", "pass"]
    assert [one["accepted"][:14] for one in again["findings"]] == ["accepted until"]
    assert broken.returncode == 3
    assert len(runs(tmp_path)) == 2


def test_a_broken_pact_is_accepted_once_its_baseline_knows_it(tmp_path: Path) -> None:
    """`harness pact verify` fails, then passes and says why; its interaction is told as failing all the same."""
    row = {"description": "price", "request": {"method": "GET", "path": "/items/kettle"}}
    broken = {**row, "response": {"status": 200, "body": {"price": "3900"}}}
    pact = {"consumer": {"name": "web"}, "provider": {"name": "shop"}, "interactions": [broken]}
    (tmp_path / "pact.json").write_text(json.dumps(pact))
    with provider() as shop:
        verify = ("pact", "verify", shop.url, "--provider", "shop", "--source", "pact.json")
        first = harness(*verify, cwd=tmp_path).run()
        accepted = harness(*verify, "--baseline", "known.yaml", "--baseline-update", cwd=tmp_path).run()
    assert first.returncode == 1, first.stderr
    assert accepted.returncode == 0, accepted.stdout
    assert "fail     web → shop: price (accepted)" in accepted.stdout
    assert "1 that fail are accepted by the baseline" in accepted.stdout
