"""A live run is found from anywhere, a dead one is not, and a mark stands where it was made."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.experiment.live_runs import announce, find_live, live_runs, mark_live, withdraw
from harness.guard import state_dir
from harness.results import RunFolder, RunReader, RunRecord, RunWriter


def begun(root: Path, name: str, zero_ns: int | None = 1_000) -> RunFolder:
    folder = RunFolder(root / name)
    folder.path.mkdir()
    writer = RunWriter(folder, RunRecord(run=name, scenario_name="s", target="t", started=""))
    writer.update(zero_monotonic_ns=zero_ns)
    return folder


def test_a_mark_stands_where_it_was_made(tmp_path: Path) -> None:
    """Counted from the run's zero, with who made it; white space is one space."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    folder = begun(tmp_path, "20261125T000000Z-s-1")
    announce(folder, environ)
    mark_live(find_live(environ), "deployed\n  1.4.2", now_ns=lambda: 2_000_001_000)
    (mark,) = RunReader.open(folder).marks()
    assert (mark.t_ns, mark.text) == (2_000_000_000, "deployed 1.4.2")
    assert "@" in mark.by
    withdraw(folder, environ)
    with pytest.raises(BadInput, match="No run is live"):
        find_live(environ)


def test_of_several_runs_one_is_named(tmp_path: Path) -> None:
    """An end of its name is enough; without, they are listed."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    for name in ("20261125T000000Z-a-1", "20261125T000001Z-b-2"):
        announce(begun(tmp_path, name), environ)
    assert find_live(environ, "b-2").folder.name.endswith("b-2")
    with pytest.raises(BadInput, match="2 runs are live"):
        find_live(environ)
    with pytest.raises(BadInput, match="No live run is called `c`"):
        find_live(environ, "c")


def test_what_a_dead_run_left_is_no_live_run(tmp_path: Path) -> None:
    """Its process is gone, or another has its number now; the file goes, too."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    folder = begun(tmp_path, "20261125T000000Z-s-1")
    announce(folder, environ)
    (file,) = (state_dir(environ) / "live").iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), "start": "another life"}))
    assert live_runs(environ) == ()
    assert not file.exists()
    (file.parent / "torn.json").write_text("{")
    assert live_runs(environ) == ()


def test_a_run_without_a_clock_takes_no_mark(tmp_path: Path) -> None:
    """Neither does one take an empty or an endless note."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    announce(begun(tmp_path, "20261125T000000Z-s-1", zero_ns=None), environ)
    run = find_live(environ)
    assert run.pid == os.getpid()
    with pytest.raises(BadInput, match="no timeline yet"):
        mark_live(run, "x")
    for text in (" ", "x" * 501):
        with pytest.raises(BadInput, match="1 to 500"):
            mark_live(run, text)
