"""On live traffic, and every fault on an edge: whole commands on a user's own service and Toxiproxy."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from tests.e2e.command import harness, last_fault_event, runs, wait_for
from tests.e2e.foreign import foreign_target
from tests.e2e.prometheus import prometheus_of

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
ALARMED = """\
name: alarmed
target: mine
for: 60s
faults:
  - {name: gone, edge: api, down: {}, at: 1s, for: 40s}
probes:
  waiting: {prometheus: 'sum(jobs_waiting)', url: '%(prometheus)s', every: 200ms}
expect:
  - alert HighErrors fires within 60s of gone
stop_when: waiting > 500 over 1s
"""
IDLE = """\
name: idle
target: mine
for: 2s
faults:
  - {name: nothing, command: {apply: 'true', heal: 'true', in_force: test -e on}, at: 300ms, for: 1s}
probes: {one: {command: echo 1, every: 200ms}}
expect: [one >= 1]
"""
MATRIX = """\
name: cells
target: mine
load: {locustfile: mine.py, profile: {name: load, rate: 30/s, for: 5s}}
matrix:
  calm: 2500ms
  fault: 800ms
  after: 1s
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


def test_an_alert_fires_and_a_probe_stops_the_run(place: Path) -> None:
    """A Prometheus feels the outage: its alert is in time, its number ends the run, and is drawn under the fault's band; all is healed."""
    with foreign_target(place) as foreign, prometheus_of(foreign) as prometheus:
        targets = (place / "harness.yaml").read_text()
        (place / "harness.yaml").write_text(targets + f"    alerts: {{prometheus: '{prometheus}'}}\n")
        (place / "alarmed.yaml").write_text(ALARMED % {"prometheus": prometheus})
        command = harness("run", "alarmed.yaml", "--json", cwd=place)
        done = command.run()
        assert done.returncode == 1, done.stderr  # a run that had to be stopped is no pass
        assert not foreign.toxics()
        assert foreign.enabled()
    summary = json.loads(done.stdout)
    assert (summary["status"], summary["duration_s"] < 40) == ("stopped", True), summary["why"]
    assert "waiting > 500 over 1s" in " ".join(summary["why"])
    (alert,) = summary["expectations"]
    assert (alert["verdict"], "after the fault began" in alert["why"]) == ("pass", True), alert
    (fault,) = summary["faults"]
    assert (fault["in_force"], fault["healed"]) == (True, True), fault
    page = (runs(place)[-1] / "report.html").read_text()
    drawn = re.findall(r'<svg[^>]*aria-label="waiting over time.*?</svg>', page, re.DOTALL)
    assert drawn
    assert all("var(--band" in svg and ">60 s<" not in svg for svg in drawn)  # as far as it went on
    assert "never left steady" not in page  # nothing was sent, so nobody knows
    assert not command.ended()


def test_a_fault_without_effect_is_no_pass(place: Path) -> None:
    """Everything expected held, and the fault did nothing: exit 2, with what was asked, what it said and what before."""
    with foreign_target(place):
        (place / "idle.yaml").write_text(IDLE)
        command = harness("run", "idle.yaml", cwd=place)
        done = command.run()
    assert done.returncode == 2, done.stdout + done.stderr
    assert "UNKNOWN" in done.stdout
    told = "fault nothing in force: `test -e on`: exit code 1; before: exit code 1"
    assert told in done.stdout, done.stdout
    summary = json.loads((runs(place)[-1] / "summary.json").read_text())
    assert [one["verdict"] for one in summary["expectations"]] == ["pass"]
    assert [one["in_force"] for one in summary["faults"]] == [False]
    assert not command.ended()


def test_a_matrix_of_one_cell_that_is_interrupted_goes_on(place: Path) -> None:
    """Ctrl-C in its cell: exit 130, healed, and told how to go on; `--resume` runs what is left. The outage is what is expected."""
    with foreign_target(place) as foreign:
        (place / "cells.yaml").write_text(MATRIX)
        command = harness("matrix", "cells.yaml", cwd=place)
        process = command.start()
        assert wait_for(lambda: last_fault_event(place) != "" or process.poll() is not None, 150)  # the cell has begun
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        (folder,) = (place / "reports" / "matrices").iterdir()
        assert (process.returncode, f"--resume {folder.name}" in err) == (130, True), err
        cut = json.loads((folder / "matrix.json").read_text())
        assert (cut["status"], [one["verdict"] for one in cut["cells"]]) == ("interrupted", [None])
        assert (foreign.toxics(), foreign.enabled()) == ([], True)
        assert not command.ended()
        before = {one.name for one in runs(place)}
        command = harness("matrix", "cells.yaml", "--resume", "last", "--json", cwd=place)
        done = command.run()
        assert not foreign.toxics()
    matrix = json.loads(done.stdout)
    (cell,) = matrix["cells"]
    assert (done.returncode, matrix["title"]) in (
        (0, "mine: 1 of 1 cells held"),
        (2, "mine: 0 of 1 cells held; 1 could not be told"),  # so busy a machine that nobody could tell
    ), (cell, done.stderr)
    assert {cell["run"], cell["calm"]} <= {one.name for one in runs(place)} - before
    assert matrix["calms"][:-1] == cut["calms"]  # the same matrix: what was run before is kept
    assert {"matrix.json", "report.html", "report.md"} <= {file.name for file in folder.iterdir()}
    assert not command.ended()
