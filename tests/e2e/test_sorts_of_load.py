"""Loads of the other sorts, whole: requests out of pacts, and the bundled scenario of a closed model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, harness

pytestmark = pytest.mark.e2e


def test_what_consumers_rely_on_is_sent_as_load(place: Path) -> None:
    """`--from pacts` against the bundled service: its states are made first, every interaction that may succeed is sent, and does."""
    command = harness("run", "--from", "pacts", "-H", "reference", "--rate", "20/s", "--for", "4s", "--json", cwd=place)
    done = command.run()
    assert done.returncode in (0, 2), done.stderr
    operations = {one["name"]: one for one in json.loads(done.stdout)["operations"]}
    assert operations.keys() == {"list_items", "place_order", "read_item", "read_order"}
    assert sum(one["requests"] for one in operations.values()) == 80
    assert all(one["errors"] == 0 for one in operations.values()), operations
    assert not command.ended()


def test_the_bundled_closed_scenario_holds(place: Path) -> None:
    """Fifty users, each waiting for its answers, for five seconds: nothing lost, and it says that it was closed."""
    text = (ROOT / "scenarios/closed.yaml").read_text()
    assert "for: 20s" in text
    text = text.replace("for: 20s", "for: 5s").replace("shop.py", str(ROOT / "scenarios/shop.py"))
    (place / "closed.yaml").write_text(text)
    command = harness("run", "closed.yaml", "--json", cwd=place)
    done = command.run()
    summary = json.loads(done.stdout)
    assert done.returncode in (0, 1, 2), done.stderr  # a busy machine may miss p95
    assert [one["verdict"] for one in summary["audit"]] == ["pass", "pass"]
    assert sum(one["requests"] for one in summary["operations"]) > 50
    assert not command.ended()
