"""Kinds of faults as the scenario reader asks for them."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from harness.config import read_scenario
from harness.config.complaints import plain
from harness.config.yaml import read_yaml
from harness.errors import BadDocument
from harness.faults import fault_schema, kinds, parse, sort_of
from harness.model import Edge, Scenario, Target

TARGET = Target(name="reference", url="", edges={"payments": Edge(name="payments", proxy="payments")})


def read(folder: Path, fault: str) -> Scenario:
    path = folder / "x.yaml"
    (folder / "shop.py").write_text("")
    load = "load: {locustfile: shop.py, profile: {name: calm, rate: 1/s, for: 60s}}"
    path.write_text(f"name: x\ntarget: reference\nfaults:\n  - {fault}\n{load}\n")
    return read_scenario(
        path,
        environ={},
        builtin={"reference": TARGET},
        parse_fault=parse,
        fault_kinds=kinds(),
        audits=(),
        defects=(),
    )


def test_the_faults_of_a_scenario_file_are_read(tmp_path: Path) -> None:
    """As DESIGN writes them."""
    entry = "{name: slow, edge: payments, latency: {delay: 800ms, jitter: 100ms}, at: 10s, for: 15s}"
    (fault,) = read(tmp_path, entry).faults
    assert fault.disturbance.describe() == "+800 ms ± 100 ms"


def test_a_mistake_in_a_fault_names_file_line_and_remedy(tmp_path: Path) -> None:
    """The key, its value and what to write."""
    with pytest.raises(BadDocument) as caught:
        read(tmp_path, "{name: slow, edge: payments, latency: {delay: 800}, at: 10s, for: 15s}")
    assert "x.yaml:4: `latency`: `delay`: 800 is not a duration; write a number and a unit" in str(caught.value)


def test_a_command_needs_no_edge(tmp_path: Path) -> None:
    """What tc or kubectl hurt may be no edge of the target; every other kind needs one."""
    entry = "{name: lossy, command: {apply: ./net.sh on, heal: ./net.sh off}, at: 10s, for: 15s}"
    (fault,) = read(tmp_path, entry).faults
    assert (fault.edge, fault.disturbance.describe()) == ("-", "`./net.sh on`")
    with pytest.raises(BadDocument, match="The fault lacks `edge`"):
        read(tmp_path, "{name: gone, down: {}, at: 10s, for: 15s}")


def test_the_words_for_ramps_and_flaps_stand_in_scenarios(tmp_path: Path) -> None:
    """As the documents write them."""
    entry = "{name: slow, edge: payments, latency: from 0ms to 2s over 30s, at: 10s, for: 40s}"
    (fault,) = read(tmp_path, entry).faults
    assert fault.disturbance.describe() == "delay from 0 ms to 2000 ms over 30s, +2000 ms at most"
    entry = "{name: flaky, edge: payments, down: for 1s every 5s, at: 10s, for: 40s}"
    (fault,) = read(tmp_path, entry).faults
    assert fault.disturbance.describe() == "connections refused, for 1s every 5s"


ROOT = Path(__file__).parents[3]


def _in_the_docs() -> list[str]:
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8").split("## Faults")[1].split("##")[0]
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("written", _in_the_docs())
def test_every_fault_in_the_docs_is_understood(tmp_path: Path, written: str) -> None:
    """What docs/scenarios.md shows can be written, and the published schema takes it."""
    (fault,) = read(tmp_path, "{name: x, edge: payments, " + written + ", at: 1s, for: 40s}").faults
    assert fault.disturbance.describe()
    entry = read_yaml(tmp_path / "x.yaml").data["faults"][0]
    assert jsonschema_rs.validator_for(fault_schema()).is_valid(plain(entry))


def test_every_kind_is_of_one_sort() -> None:
    """So that a matrix or a form can tell what an edge needs for it."""
    sorts = {kind: sort_of(kind) for kind in kinds()}
    assert (sorts["down"], sorts["toxic"], sorts["pause"], sorts["command"]) == ("toxic", "toxic", "process", "command")
    assert {kind for kind, sort in sorts.items() if sort == "http"} >= {"http_status", "grpc_status", "malformed_json"}


def test_the_docs_show_every_kind() -> None:
    """A kind that nobody can find is not there."""
    assert {one.split(":")[0] for one in _in_the_docs()} == set(kinds())


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_takes_what_bundled_scenarios_write(path: Path) -> None:
    """An editor must not underline what works."""
    for entry in plain(read_yaml(path).data).get("faults", []):
        assert jsonschema_rs.validator_for(fault_schema()).is_valid(entry), entry


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "x", "at": "1s", "for": "1s", "down": {}},
        {"name": "x", "edge": "e", "at": "1s", "for": "1s", "down": {}, "kill": {}},
        {"name": "x", "edge": "e", "at": "1s", "for": "1s", "latency": {"delya": "1s"}},
        {"name": "x", "edge": "e", "at": "1s", "for": "1s", "latncy": {"delay": "1s"}},
    ],
)
def test_the_schema_underlines_mistakes(entry: dict[str, object]) -> None:
    """A missing edge, two kinds, and mistyped keys."""
    assert not jsonschema_rs.validator_for(fault_schema()).is_valid(entry)
