"""`--processes`: a load that several processes share, and the loss of one of them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.command import harness, last_fault_event, runs, wait_for
from tests.e2e.foreign import foreign_target

pytestmark = pytest.mark.e2e


def _has_windows(place: Path) -> bool:
    files = [one / "windows.arrows" for one in runs(place)]
    return any(file.is_file() and file.stat().st_size > 5000 for file in files)


def test_a_lost_load_process_heals_and_makes_the_run_unknown(place: Path) -> None:
    """kill -9 of one of two in the middle of a fault: the fault ends, the run says who was lost, exit 2, nothing lives on."""
    with foreign_target(place) as foreign:
        command = harness("run", "foreign.yaml", "--processes", "2", cwd=place)
        process = command.start()
        assert wait_for(lambda: '"in force"' in last_fault_event(place), 90), process.communicate()
        one, other = [int(p.split()[0]) for p in command.alive() if "load_process" in p]
        os.kill(max(one, other), signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 2, err
        assert foreign.toxics() == []
        assert not command.ended()
    (folder,) = runs(place)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["verdict"] == "unknown"
    assert summary["status"] == "incomplete"
    assert any("of 2 was lost" in why for why in summary["why"]), out
    (lost,) = [check for check in summary["validity"] if check["check"] == "load processes"]
    assert lost["verdict"] == "unknown"
    assert summary["arrivals"]["ok"] > 0
    assert (folder / "load-1.log").is_file()
    assert '"removed"' in (folder / "faults.jsonl").read_text()
    assert harness("report", "last", cwd=place).run().returncode == 0


def test_more_processes_than_users_are_refused(place: Path) -> None:
    """Exit 3, and nothing is started."""
    done = harness("run", "short.yaml", "--processes", "65", cwd=place).run()
    assert done.returncode == 3
    one = harness("run", "-f", "x.py", "-u", "1", "--processes", "2", cwd=place)
    (place / "x.py").write_text("")
    done = one.run()
    assert done.returncode == 3
    assert "2 processes cannot share 1 users" in done.stderr
    assert not runs(place)


def test_a_spoilt_run_is_repeated_within_the_budget(place: Path) -> None:
    """The first loses a load process and is unknown; the second, which counts, says whom it repeats; both folders stay, and there is no third.

    On a busy machine the second may be unknown, too, for arrivals that were late: then that is the verdict.
    """
    with foreign_target(place):
        (place / "foreign.yaml").write_text(
            "name: foreign\ntarget: mine\nload:\n  locustfile: mine.py\n  processes: 2\n  profile: {name: load, rate: 50/s, for: 4s}\n"
        )
        command = harness("run", "foreign.yaml", "--budget", "3m", "--json", cwd=place)
        process = command.start()
        assert wait_for(lambda: _has_windows(place), 60), process.communicate()
        os.kill(max(int(p.split()[0]) for p in command.alive() if "load_process" in p), signal.SIGKILL)
        out, err = process.communicate(timeout=120)
        assert not command.ended()
    first, second = runs(place)
    told = json.loads(out)
    assert (told["verdict"], process.returncode) in (("pass", 0), ("unknown", 2)), err
    assert told["status"] == "complete"
    sound = {check["check"] for check in told["validity"] if check["verdict"] == "pass"}
    assert sound >= {"load processes", "whole profile"}
    assert (told["run"], told["repeats"]["run"]) == (second.name, first.name)
    assert json.loads((first / "summary.json").read_text())["verdict"] == "unknown"
    assert json.loads((second / "run.json").read_text())["repeats"]["run"] == first.name
    assert first.name in (second / "report.html").read_text()
    assert "could not be trusted" in (second / "report.md").read_text()
