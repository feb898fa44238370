"""On live traffic, and every fault on an edge: whole commands on a user's own service and Toxiproxy."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.e2e.command import harness, last_fault_event, runs, wait_for
from tests.e2e.foreign import foreign_target

pytestmark = pytest.mark.e2e

GAME_DAY = """\
name: game-day
target: mine
for: 60s
faults:
  - {name: slow, edge: api, latency: {delay: 100ms}, at: 2s, for: 2s}
probes:
  answer: {http: 'http://127.0.0.1:%d/', read: seconds, every: 200ms}
expect:
  - answer >= 100ms during slow over 1s
  - answer <= 5s
"""
MATRIX = """\
name: cells
target: mine
load: {locustfile: mine.py, profile: {name: load, rate: 30/s, for: 5s}}
matrix:
  calm: 2500ms
  fault: 1s
  after: 1500ms
  strengths: [{down: {}}]
  expect: [errors >= 50% during fault]
"""


def test_a_game_day_is_probed_and_marked(place: Path) -> None:
    """Its fault is seen by the probe, a mark made elsewhere stands in its summary, and Ctrl-C leaves nothing behind."""
    cache = {"XDG_CACHE_HOME": str(place / "cache")}
    with foreign_target(place) as foreign:
        front = int((place / "harness.yaml").read_text().split("127.0.0.1:")[1].split()[0])
        (place / "day.yaml").write_text(GAME_DAY % front)
        command = harness("run", "day.yaml", cwd=place, **cache)
        process = command.start()
        assert wait_for(lambda: process.poll() is not None or '"healed"' in last_fault_event(place), 90)
        marked = harness("mark", "deployed", "1.4.2", cwd=place.parent, **cache).run()
        assert marked.returncode == 0, marked.stderr
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130, err
        assert not foreign.toxics()
    summary = json.loads((runs(place)[-1] / "summary.json").read_text())
    assert [mark["text"] for mark in summary["marks"]] == ["deployed 1.4.2"]
    assert summary["expectations"][0]["verdict"] in ("pass", "unknown"), summary[
        "expectations"
    ]  # unknown: too busy to ask
    (probe,) = summary["probes"]
    assert probe["high"] >= 0.1
    late = harness("mark", "too late", cwd=place, **cache).run()
    assert (late.returncode, "No run is live" in late.stderr) == (3, True)
    assert not command.ended()


def test_a_matrix_of_one_cell(place: Path) -> None:
    """A calm run and a cell, each a run folder; the outage that is expected is what holds."""
    with foreign_target(place) as foreign:
        (place / "cells.yaml").write_text(MATRIX)
        command = harness("matrix", "cells.yaml", "--json", cwd=place)
        done = command.run()
        matrix = json.loads(done.stdout)
        (cell,) = matrix["cells"]
        assert (done.returncode, matrix["title"]) in (
            (0, "mine: 1 of 1 cells held"),
            (2, "mine: 0 of 1 cells held; 1 could not be told"),  # so busy a machine that nobody could tell
        ), (cell, done.stderr)
        names = {folder.name for folder in runs(place)}
        assert {cell["run"], cell["calm"]} <= names
        assert not foreign.toxics()
    (folder,) = (place / "reports" / "matrices").iterdir()
    assert {"matrix.json", "report.html", "report.md"} <= {file.name for file in folder.iterdir()}
    assert not command.ended()
