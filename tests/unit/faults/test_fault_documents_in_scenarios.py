"""Kinds of faults as the scenario reader asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config import read_scenario
from harness.errors import BadDocument
from harness.faults import kinds, parse
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
