"""What people write under `load`, right and wrong: shapes, traces, data."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config import ScenarioDocument, read_scenario
from harness.errors import BadDocument
from harness.model import ClosedStage, DataFile, Limits, Load, OpenStage, Ramp, Shape, Sine, Spike, Steps, Target, Trace

FREE = Limits()
Read = Callable[..., Load]
FILES = {
    "shop.py": "",
    "two.csv": "timestamp,path\n2024-05-01T10:00:00Z,/a\n2024-05-01T10:00:02Z,/b\n",
    "bad.csv": "timestamp\n1.5\nsoon\n",
    "empty.csv": "\n\n",
    "customers.csv": "id,name\n1,Ada\n2,Bo\n",
    "short.csv": "id,name\n1\n",
    "bad.jsonl": '{"id": 1}\n\n[2]\n',
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def _read(stage: str, extra: str = "users: 100", limits: Limits = FREE) -> Load:
        path = tmp_path / "x.yaml"
        path.write_text(
            f"name: x\ntarget: t\nload:\n  locustfile: shop.py\n  {extra}\n  profile:\n    - {{name: one, {stage}}}\n"
        )
        scenario = read_scenario(
            path,
            environ={},
            builtin={"t": Target(name="t", url="", limits=limits)},
            parse_fault=lambda *_: pytest.fail("no fault here"),
            fault_kinds=(),
            audits=(),
            defects=(),
        )
        assert scenario.load is not None
        return scenario.load

    return _read


@pytest.mark.parametrize(
    ("written", "shape", "told"),
    [
        ("{from: 0/s, to: 100/s}", Ramp(0, 100), "0 to 100/s, uniform, for 60s"),
        ("{from: 10/s, to: 100/s, steps: 5}", Steps(10, 100, 5), "10 to 100/s in 5 steps, uniform, for 60s"),
        (
            "{base: 50/s, peak: 500/s, at: 10s, for: 2s}",
            Spike(50, 500, 10, 2),
            "50/s, but 500/s from 10s for 2s, uniform, for 60s",
        ),
        (
            "{mean: 100/s, amplitude: 50/s, period: 30s}",
            Sine(100, 50, 30),
            "100 ± 50/s every 30s, uniform, for 60s",
        ),
    ],
)
def test_a_rate_may_have_a_shape(read: Read, written: str, shape: Shape, told: str) -> None:
    """Each spelling becomes its shape, and the report tells it in words."""
    stage = read(f"rate: {written}, for: 60s").profile.stages[0]
    assert isinstance(stage, OpenStage)
    assert (stage.rate, stage.describe()) == (shape, told)


@pytest.mark.parametrize(
    ("written", "shape", "told"),
    [
        ("{from: 1, to: 10}", Ramp(1, 10), "1 to 10 users for 60s"),
        ("{from: 1, to: 10, steps: 4}", Steps(1, 10, 4), "1 to 10 users in 4 steps for 60s"),
        ("{base: 5, peak: 50, at: 10s, for: 2s}", Spike(5, 50, 10, 2), "5 users, but 50 users from 10s for 2s for 60s"),
    ],
)
def test_users_may_have_a_shape(read: Read, written: str, shape: Shape, told: str) -> None:
    """The closed model has the same spellings, without the unit."""
    stage = read(f"users: {written}, for: 60s").profile.stages[0]
    assert isinstance(stage, ClosedStage)
    assert (stage.users, stage.describe()) == (shape, told)


def test_a_trace_lasts_as_long_as_it_did_unless_it_says_for(read: Read) -> None:
    """Two arrivals in two seconds: 4 s with the gap after the last one, half of it at twice the speed, or what `for` says."""
    stages = [read(f"trace: two.csv{more}").profile.stages[0] for more in ("", ", speed: 2", ", for: 1s")]
    assert [stage.duration for stage in stages] == [4, 2, 1]
    assert isinstance(stages[1], OpenStage)
    assert stages[1].rate == Trace("two.csv", (0, 1), 2)
    assert stages[1].describe() == "2 arrivals as in two.csv, 2 times as fast, for 2s"


def test_a_profile_above_what_the_target_allows_is_refused(read: Read) -> None:
    """By its peak, before anything is sent; a load of users has no rate of its own."""
    limited = Limits(rate=100)
    assert read("rate: {from: 1/s, to: 100/s}, for: 9s", limits=limited).profile.peak_rate == 100
    assert read("users: 500, for: 9s", limits=limited).profile.peak_rate == 0
    with pytest.raises(BadDocument, match="reaches 101/s, and target `t` allows 100/s") as caught:
        read("rate: {base: 1/s, peak: 101/s, at: 1s, for: 1s}, for: 9s", limits=limited)
    assert caught.value.line == 6


def test_data_is_a_file_and_what_happens_at_its_end(read: Read, tmp_path: Path) -> None:
    """The load stops with the last row unless the scenario says `recycle`."""
    path = (tmp_path / "customers.csv").resolve()
    assert read("rate: 1/s, for: 1s", "data: customers.csv").data == DataFile(path, "stop")
    whole = read("rate: 1/s, for: 1s", "data: {file: customers.csv, at_end: recycle}")
    assert whole.data == DataFile(path, "recycle")
    assert read("rate: 1/s, for: 1s").data is None


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ("rate: {from: 0/s, to: 0/s}, for: 9s", "no load"),
        ("rate: {form: 1/s, to: 2/s}, for: 9s", "Did you mean `from`"),
        ("rate: {from: 1, to: 2/s}, for: 9s", "1 is not a rate"),
        ("rate: 10000001/s, for: 9s", "more than any machine sends"),
        ("rate: {to: 2/s}, for: 9s", "`load.profile.0.rate.from` is missing"),
        ("rate: {from: 1/s, to: 2/s, steps: 1}, for: 9s", "greater than or equal to 2"),
        ("rate: {base: 1/s, peak: 2/s, at: 8s, for: 2s}, for: 9s", "make the stage longer"),
        ("rate: {mean: 1/s, amplitude: 2/s, period: 2s}, for: 9s", "below zero"),
        ("rate: {mean: 2/s, amplitude: 1/s, perod: 2s}, for: 9s", "Did you mean `period`"),
        ("users: {from: 1.5, to: 2}, for: 9s", "valid integer"),
        ("users: {from: 1, to: 2}, spawn_rate: 3, for: 9s", "leave it out"),
        ("users: fifty, for: 9s", "valid integer"),
        ("trace: none.csv", "not there"),
        ("trace: two.csv, speed: 0", "greater than 0"),
        ("trace: two.csv, speed: .nan", "`load.profile.0.speed`"),
        ("trace: two.csv, arrivals: poisson", "`arrivals` is not a key here"),
        ("rate: 1/s, for: 9s, speed: 2", "`speed` is not a key here"),
    ],
)
def test_a_mistake_in_a_stage_names_its_line_and_the_way_out(read: Read, stage: str, says: str) -> None:
    """No name of ours, such as a document's class, stands in the message."""
    with pytest.raises(BadDocument) as caught:
        read(stage)
    assert says in str(caught.value)
    assert "Document" not in str(caught.value)
    assert (Path(caught.value.path).name, caught.value.line) == ("x.yaml", 7)


@pytest.mark.parametrize(
    ("stage", "extra", "file", "line", "says"),
    [
        ("trace: bad.csv", "users: 9", "bad.csv", 3, "'soon' is no moment"),
        ("trace: empty.csv", "users: 9", "empty.csv", 0, "no arrivals"),
        ("trace: two.csv, column: when", "users: 9", "two.csv", 1, "no column `when`"),
        ("rate: 1/s, for: 9s", "data: short.csv", "short.csv", 2, "1 cells, and the header 2"),
        ("rate: 1/s, for: 9s", "data: bad.jsonl", "bad.jsonl", 3, "no JSON object"),
        ("rate: 1/s, for: 9s", "data: shop.py", "shop.py", 0, "Use .csv"),
        ("rate: 1/s, for: 9s", "data: empty.csv", "empty.csv", 0, "no rows"),
        ("rate: 1/s, for: 9s", "data: nobody.csv", "x.yaml", 5, "not there"),
        ("rate: 1/s, for: 9s", "data: {file: customers.csv, at_end: halt}", "x.yaml", 5, "'stop' or 'recycle'"),
    ],
)
def test_a_mistake_in_a_file_that_the_load_names_is_told_with_the_files_own_line(
    read: Read, stage: str, extra: str, file: str, line: int, says: str
) -> None:
    """Before anything is sent, with exit code 3."""
    with pytest.raises(BadDocument) as caught:
        read(stage, extra)
    assert says in str(caught.value)
    assert (Path(caught.value.path).name, caught.value.line, caught.value.exit_code) == (file, line, 3)


def _in_the_docs() -> list[str]:
    text = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `\{name: \w+, (.*)\}` \|", text, re.MULTILINE)


@pytest.mark.parametrize("stage", _in_the_docs())
def test_every_stage_in_the_docs_is_understood(read: Read, stage: str) -> None:
    """What docs/scenarios.md shows can be written."""
    assert read(stage.replace("arrivals.csv", "two.csv")).profile.stages[0].duration > 0


def test_the_docs_show_every_shape() -> None:
    """Six ways to write arrivals, five to write users."""
    assert len(_in_the_docs()) == 11


def test_the_published_schema_takes_the_short_form_of_data() -> None:
    """An editor must not underline `data: customers.csv`."""
    schema = ScenarioDocument.model_json_schema(by_alias=True)
    assert {"type": "string"} in schema["$defs"]["LoadDocument"]["properties"]["data"]["anyOf"]
