"""Probes, alerts and scenarios without load, as people write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.experiment.scenario_files import load_scenario
from harness.model import Probe, Scenario

TARGETS = """\
targets:
  shop:
    url: http://127.0.0.1:1
    toxiproxy: http://127.0.0.1:2
    edges: {db: {proxy: db}}
    alerts: {prometheus: http://127.0.0.1:9090/, every: 2s}
    probes:
      queue: {prometheus: sum(jobs), url: http://127.0.0.1:9090/, every: 500ms}
      lag: {http: 'http://127.0.0.1:1/stats', json: replica.lag, auth: {bearer: {env: TOKEN}}}
"""
SCENARIO = """\
name: day
target: shop
for: 60s
faults:
  - {name: gone, edge: db, down: {}, at: 10s, for: 5s}
probes:
  files: {command: ./count.sh --all}
expect:
  - queue <= 100
  - lag <= 5s during gone
  - files >= 1 over 10s
  - alert HighErrors fires within 30s of gone
stop_when: queue > 500 over 5s
"""


def read(place: Path, scenario: str = SCENARIO, targets: str = TARGETS) -> Scenario:
    (place / "harness.yaml").write_text(targets)
    (place / "x.yaml").write_text(scenario)
    return load_scenario(str(place / "x.yaml"), {"TOKEN": "s3cret-token"})


def test_a_game_day_needs_no_load(tmp_path: Path) -> None:
    """Its probes are the target's and its own, and the alerts that it expects; it lasts as long as it says."""
    scenario = read(tmp_path)
    assert (scenario.load, scenario.duration, scenario.timeline.duration) == (None, 60.0, 60.0)
    watched = scenario.watched(scenario.target)
    assert list(watched) == ["queue", "lag", "files", "alert HighErrors"]
    assert watched["queue"] == Probe(
        name="queue", kind="prometheus", ask="sum(jobs)", url="http://127.0.0.1:9090", every=0.5, folder=str(tmp_path)
    )
    assert (watched["lag"].read, watched["lag"].headers) == (
        "json replica.lag",
        {"Authorization": "Bearer s3cret-token"},
    )
    assert watched["files"].folder == str(tmp_path)
    assert (watched["alert HighErrors"].ask, watched["alert HighErrors"].every) == ("HighErrors", 2.0)
    assert scenario.target.secrets == {"s3cret-token": "$TOKEN"}
    assert [one.limit for one in scenario.expect] == [100.0, 5.0, 1.0, 30.0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("for: 60s\n", "", "x.yaml:3: `faults` needs `load`, and this scenario has none"),
        ("at: 10s", "at: 70s", "the run ends at 60s"),
        ("- queue <= 100", "- errors <= 1%", "`errors <= 1%` is about requests"),
        ("- queue <= 100", "- queu <= 100", "did you mean `queue`"),
        ("- queue <= 100", "- queue of x <= 100", "a probe is of no operation"),
        ("- queue <= 100", "- queue <= many", "is not a number"),
        ("fires within 30s of gone", "fires in 30s", "alert NAME fires within 60s of FAULT"),
        ("fires within 30s of gone", "fires within 30s of gine", "did you mean `gone`"),
        ("files: {command", "p99: {command", "A probe cannot be called `p99`"),
        ("./count.sh --all", "''", "cannot be read: it is empty"),
        ("{command: ./count.sh --all}", "{command: a, http: 'http://x'}", "exactly one of prometheus, http, command"),
        ("{command: ./count.sh --all}", "{prometheus: up}", "`url` goes with `prometheus`"),
        ("{command: ./count.sh --all}", "{command: a, json: b}", "go with `http`"),
        ("{command: ./count.sh --all}", "{http: 'http://x', json: b, metric: c}", "at most one of"),
        ("{command: ./count.sh --all}", "{http: ftp://x}", "is no URL"),
        ("{command: ./count.sh --all}", "{command: a, every: 10ms}", "at least 100ms"),
        ("stop_when: queue > 500 over 5s", "stop_when: alert A fires within 5s of gone", "no stop condition"),
    ],
)
def test_mistakes_are_told_with_what_to_write(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Exit 3, before anything is done."""
    assert old in SCENARIO
    with pytest.raises(BadInput) as refused:
        read(tmp_path, SCENARIO.replace(old, new))
    assert told.lower() in str(refused.value).lower()


def test_an_alert_needs_somebody_who_knows_of_it(tmp_path: Path) -> None:
    """And a load has its own length."""
    with pytest.raises(BadInput, match="Nobody knows whether alerts"):
        read(tmp_path, targets=TARGETS.replace("    alerts: {prometheus: http://127.0.0.1:9090/, every: 2s}\n", ""))
    (tmp_path / "a.py").write_text("")
    with pytest.raises(BadInput, match="Leave one of them out"):
        read(tmp_path, SCENARIO + "load: {locustfile: a.py, profile: {name: l, rate: 1/s, for: 60s}}\n")


def test_what_the_docs_show_can_be_written(tmp_path: Path) -> None:
    """The targets and the game day of docs/probes.md, and every expectation there."""
    text = (Path(__file__).resolve().parents[3] / "docs/probes.md").read_text()
    targets, scenario = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    lines = re.search(r"## Expecting\n\n((?:    .*\n)+)", text)
    assert lines is not None
    shown = [re.split(r"\s{3,}", line.strip())[0] for line in lines[1].splitlines()]
    expect = "".join(f"  - {line}\n" for line in shown)
    read_back = read(tmp_path, scenario.replace("stop_when", expect + "stop_when"), targets)
    assert [one.text for one in read_back.expect[-len(shown) :]] == shown
    assert set(read_back.target.probes) == {"queue", "lag", "mails", "ready", "files"}
