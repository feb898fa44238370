"""Toxics that flap, processes that hang, commands, and HTTP faults by Envoy, in one short run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, harness, runs

pytestmark = pytest.mark.e2e

SCENARIO = f"""
name: sorts
target: reference
load:
  locustfile: {ROOT / "scenarios/shop.py"}
  profile: {{name: load, rate: 20/s, for: 6s}}
faults:
  - {{name: refusing, edge: payments, http_status: {{code: 503, method: POST, path: /charges}}, at: 1s, for: 1s}}
  - {{name: switched, command: {{apply: touch on, heal: rm -f on, in_force: test -e on, healed: test ! -e on}}, at: 1s, for: 1s}}
  - {{name: frozen, edge: payments, pause: {{}}, at: 2200ms, for: 1s}}
  - {{name: flaky, edge: valkey, down: for 500ms every 1s, at: 3500ms, for: 2s}}
"""


def test_every_sort_of_fault_is_seen_and_ends(place: Path) -> None:
    """Each by its own canary, in `summary.json` and `faults.jsonl`; nothing of it lives on."""
    (place / "sorts.yaml").write_text(SCENARIO)
    command = harness("run", "sorts.yaml", "--json", cwd=place)
    done = command.run()
    assert done.returncode in (0, 1, 2), done.stderr
    faults = {one["name"]: one for one in json.loads(done.stdout)["faults"]}
    told = {name: (one["in_force"], one["healed"]) for name, one in faults.items()}
    assert told == dict.fromkeys(("refusing", "switched", "frozen", "flaky"), (True, True)), faults
    assert len(faults["flaky"]["windows"]) == 2
    rows = [json.loads(line) for line in (runs(place)[0] / "faults.jsonl").read_text().splitlines()]
    assert {row["kind"] for row in rows} == {"http_status", "command", "pause", "down"}
    assert not (place / "on").exists()
    assert not command.ended()
