"""`harness run --dry-run` and `harness matrix --plan` say what would be done: nobody is asked, and nothing is written."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import typer.main

from harness.cli import entry  # noqa: F401  # every command registers itself
from harness.cli.app import app

pytestmark = pytest.mark.integration

TARGETS = """\
targets:
  shop:
    url: http://127.0.0.1:{url}
    toxiproxy: http://127.0.0.1:{toxiproxy}
    edges: {{db: {{proxy: postgres, probe: postgres}}, pay: {{proxy: payments, probe: http}}}}
"""
SCENARIO = """\
name: cut
target: shop
load: {requests: [GET /], profile: {name: load, rate: 20/s, for: 20s}}
faults:
  - {name: gone, edge: db, down: {}, at: 5s, for: 4s}
  - {name: slow, edge: pay, latency: {delay: 500ms}, at: 2s after gone, for: 3s}
expect: [errors <= 1% during steady]
matrix: {calm: 3s, fault: 2s, after: 4s, strengths: [{latency: {delay: 500ms}}, {down: {}}, {kill: {}}]}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder; fails where anything connected to its target or its Toxiproxy, or was written there or in the cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cut.yaml").write_text(SCENARIO)
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        url, toxiproxy = (one.getsockname()[1] for one in listeners)
        (tmp_path / "harness.yaml").write_text(TARGETS.format(url=url, toxiproxy=toxiproxy))
        yield tmp_path
        for one in listeners:
            one.setblocking(False)
            with pytest.raises(BlockingIOError):
                one.accept()
    assert {path.name for path in tmp_path.iterdir()} == {"harness.yaml", "cut.yaml"}


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command prints."""
    typer.main.get_command(app).main(list(arguments), standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.usefixtures("place")
def test_a_dry_run_prints_the_timeline(capsys: pytest.CaptureFixture[str]) -> None:
    """When each fault begins and ends, in order, with anchors resolved; and the limits."""
    lines = [line.split(maxsplit=2) for line in typed(capsys, "run", "cut.yaml", "--dry-run").splitlines()]
    at = {" ".join(rest[0].split()[:3]): float(when) for when, unit, *rest in lines if unit == "s"}
    assert at == {
        "stage load 20/s,": 0.0,
        "fault begins gone": 5.0,
        "fault ends gone": 9.0,
        "fault begins slow": 11.0,
        "fault ends slow": 14.0,
        "stage the load": 20.0,
    }
    document = json.loads(typed(capsys, "run", "cut.yaml", "--dry-run", "--json"))
    assert [(one["name"], one["from_s"], one["to_s"]) for one in document["faults"]] == [
        ("gone", 5.0, 9.0),
        ("slow", 11.0, 14.0),
    ]


@pytest.mark.usefixtures("place")
def test_a_plan_prints_the_cells_and_how_long_they_take(capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault on each edge that can bear it, what is left out and why, and the time of all runs together."""
    shown = typed(capsys, "matrix", "cut.yaml", "--plan")
    plan: Any = json.loads(typed(capsys, "matrix", "cut.yaml", "--plan", "--json"))
    cells = [("latency", "db"), ("latency", "pay"), ("down", "db"), ("down", "pay")]
    assert [(one["kind"], one["edge"]) for one in plan["cells"]] == cells
    assert [(one["kind"], one["edge"]) for one in plan["left_out"]] == [("kill", "db"), ("kill", "pay")]
    assert plan["load_s"] == 10.0
    assert plan["seconds"] >= 6 * plan["load_s"]  # four cells, and a calm run before every two
    assert "Not tried, since what stands behind the edge is not ours" in shown
    assert f"4 cells and 2 calm runs between them: about {plan['seconds']} s." in shown
