"""The `matrix` of a scenario file, right and wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.experiment.cells import cells_of
from harness.experiment.scenario_files import load_scenario
from harness.model import Scenario

SCENARIO = """\
name: day
target: reference
load: {locustfile: a.py, profile: {name: l, rate: 10/s, for: 5s}}
matrix:
  calm: 3s
  fault: 2s
  edges: [payments, postgres]
  strengths: [{latency: 300ms}, {down: {}}]
  expect: [errors <= 5% during fault, recovery from fault <= 2s, outbox <= 9 during fault]
"""


def read(place: Path, text: str) -> Scenario:
    (place / "a.py").write_text("")
    (place / "x.yaml").write_text(text)
    return load_scenario(str(place / "x.yaml"), {})


def test_it_says_which_faults_and_what_must_hold(tmp_path: Path) -> None:
    """Kinds as in `faults`, probes by name."""
    one = read(tmp_path, SCENARIO)
    assert [f"{c.fault} on {c.edge}" for c in cells_of(one).cells] == [
        f"{fault} on {edge}"
        for fault in ("latency: +300 ms", "down: connections refused")
        for edge in ("payments", "postgres")
    ]
    assert len(one.matrix.expect) == 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("calm: 3s", "calm: 1s", "`calm` is at least 2.5s"),
        ("fault: 2s", "fault: 2h", "no fault that long"),
        ("payments, postgres", "payments, postgre", "Did you mean `postgres`"),
        ("{down: {}}", "{dwn: {}}", "Did you mean `down`"),
        ("{down: {}}", "{down: {}, reset: {}}", "has 2 keys"),
        ("latency: 300ms", "latency: soon", "is not a duration"),
        ("during fault,", "during gone,", "has the scopes `fault` and `steady` only"),
        ("from fault", "from gone", "the fault of a cell is called `fault`"),
        ("outbox", "outbux", "Did you mean `outbox`"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    """And with what to write."""
    with pytest.raises(BadInput) as refused:
        read(tmp_path, SCENARIO.replace(old, new))
    assert told in str(refused.value)
    assert "x.yaml:" in str(refused.value)


def test_what_the_docs_show_can_be_written(tmp_path: Path) -> None:
    """The scenario of docs/matrix.md."""
    text = (Path(__file__).resolve().parents[3] / "docs/matrix.md").read_text()
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    one = read(tmp_path, shown.replace("shop.py", "a.py"))
    assert len(cells_of(one).cells) == 4
