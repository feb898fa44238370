"""However a run ends, nothing of it lives on, no fault is left, and its folder can be read."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

import psutil
import pytest

from harness.compare import Recovered
from harness.experiment.seen import recoveries, see
from harness.results import RunReader
from tests.e2e.command import Command, harness, last_fault_event, runs, wait_for
from tests.e2e.foreign import foreign_target

pytestmark = pytest.mark.e2e


def in_fault(place: Path) -> bool:
    return '"in force"' in last_fault_event(place)


def test_a_healthy_run_leaves_a_whole_folder_and_no_process(place: Path) -> None:
    """Every file that the design promises is there, the secret is in none of them, and everything has ended."""
    command = harness("run", "short.yaml", "--json", cwd=place)
    done = command.run()
    assert done.returncode in (0, 2), done.stderr
    (folder,) = runs(place)
    summary = json.loads(done.stdout)
    assert summary["run"] == folder.name
    assert summary == json.loads((folder / "summary.json").read_text())
    for name in (
        "run.json",
        "windows.parquet",
        "history.parquet",
        "faults.jsonl",
        "report.html",
        "report.md",
        "junit.xml",
        "findings.sarif",
        "metrics.txt",
    ):
        assert (folder / name).stat().st_size > 0, name
    assert {audit["verdict"] for audit in summary["audit"]} == {"pass"}, summary["audit"]
    (fault,) = summary["faults"]
    assert fault["in_force"] is True
    compared = recoveries(see(RunReader.open(folder)))  # what a comparison takes from the same folder
    assert compared == {"slow": Recovered(fault["recovery_s"], fault["recovery_censored"])}
    arrivals = summary["arrivals"]
    assert arrivals["due"] == sum(arrivals[k] for k in ("ok", "error", "dropped", "unanswered"))
    assert not command.ended()
    for file in folder.rglob("*"):
        if file.is_file():
            assert b"eyJhbGciOi" not in file.read_bytes(), f"{file} holds a token"


def test_a_defect_fails_and_is_named(place: Path) -> None:
    """double-charge fails for its own reason: the order, the fault it happened under, and a line that reproduces it."""
    done = harness("run", "short.yaml", "--json", "--defect", "double-charge", cwd=place).run()
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)
    (audit,) = [one for one in summary["audit"] if one["verdict"] == "fail"]
    assert audit["check"] == "one-charge-per-key"
    (finding,) = [one for one in summary["findings"] if one["source"] == "audit"]
    assert "was charged" in finding["message"]
    assert finding["fault"] == "slow"
    assert "Idempotency-Key" in finding["curl"]
    assert "$TOKEN" in finding["curl"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_heals_and_saves(place: Path, sent: signal.Signals) -> None:
    """In the middle of a fault: exit 130, the fault removed, everything ended, the folder marked and readable."""
    command = harness("run", "short.yaml", cwd=place)
    process = command.start()
    assert wait_for(lambda: in_fault(place), 90), process.communicate()
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    (folder,) = runs(place)
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"
    assert '"removed"' in (folder / "faults.jsonl").read_text()
    assert json.loads((folder / "summary.json").read_text())["verdict"] == "unknown"
    assert (folder / "report.html").is_file()
    assert not command.ended()


@pytest.mark.parametrize("second", [0.0, 0.6, 1.5, 3.0, 4.5])
def test_an_interrupt_at_any_second_ends_everything(place: Path, second: float) -> None:
    """While the stack starts, while users start, while the load runs: exit 130 and nothing left."""
    command = harness("run", "short.yaml", cwd=place)
    process = command.start()
    assert wait_for(lambda: bool(runs(place)), 60)
    wait_for(lambda: False, second)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=90)
    assert process.returncode == 130, err
    assert not command.ended()
    (folder,) = runs(place)
    assert harness("runs", "show", "last", cwd=place).run().returncode == 0
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"


AS_THE_FOLDER_IS_MADE = """
import os, signal
from harness.cli import main
from harness.results import RunFolder
made = RunFolder.create
def create(*arguments):
    folder = made(*arguments)
    os.kill(os.getpid(), signal.SIGINT)
    return folder
RunFolder.create = create
main()
"""


def test_an_interrupt_while_the_folder_is_made_leaves_it_readable(place: Path) -> None:
    """It is whole before the interrupt is heeded, and says how the run ended."""
    words = (sys.executable, "-c", AS_THE_FOLDER_IS_MADE, "run", "short.yaml")
    done = Command(words, place).run()
    assert done.returncode == 130, done.stderr
    assert json.loads((runs(place)[-1] / "run.json").read_text())["status"] == "interrupted"
    assert (runs(place)[-1] / "report.html").is_file()


def test_an_interrupt_while_the_report_is_written_leaves_one(place: Path) -> None:
    """Everything was measured: the run is complete, with its verdict and report, and the command says that it was interrupted."""
    with foreign_target(place):
        (place / "quick.yaml").write_text(
            "name: quick\ntarget: mine\nload: {locustfile: mine.py, profile: {name: load, rate: 20/s, for: 2s}}\n"
        )
        command = harness("run", "quick.yaml", cwd=place)
        process = command.start()
        assert wait_for(lambda: any((one / "windows.parquet").exists() for one in runs(place)), 60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    (folder,) = runs(place)
    assert json.loads((folder / "run.json").read_text())["status"] == "complete"
    assert json.loads((folder / "summary.json").read_text())["arrivals"]["due"] == 40
    assert (folder / "report.html").is_file()


def test_healing_that_fails_says_what_to_type(place: Path) -> None:
    """Toxiproxy stands still while a fault lies on it: exit 4, with the command that takes it off."""
    with foreign_target(place) as foreign:
        written = (place / "foreign.yaml").read_text()
        (place / "foreign.yaml").write_text(written.replace("for: 20s", "for: 8s").replace("for: 15s", "for: 3s"))
        command = harness("run", "foreign.yaml", cwd=place)
        process = command.start()
        try:
            assert wait_for(lambda: bool(foreign.toxics()), 60), process.communicate()
            (toxic,) = foreign.toxics()
            os.kill(foreign.process.pid, signal.SIGSTOP)
            _, err = process.communicate(timeout=120)
        finally:
            os.kill(foreign.process.pid, signal.SIGCONT)
        assert process.returncode == 4, err
        assert f"curl -X DELETE '{foreign.toxiproxy}/proxies/api/toxics/{toxic}'" in err
        assert not command.ended()


def test_a_toxiproxy_that_stands_still_from_the_start_ends_the_run(place: Path) -> None:
    """It accepts and never answers: exit 4 with its address before anybody asks the target through it, and nothing of ours is left."""
    with foreign_target(place) as foreign:
        command = harness("run", "foreign.yaml", cwd=place)
        os.kill(foreign.process.pid, signal.SIGSTOP)
        try:
            done = command.run()
        finally:
            os.kill(foreign.process.pid, signal.SIGCONT)
        assert done.returncode == 4, done.stderr
        assert f"Toxiproxy at {foreign.toxiproxy} did not answer GET /proxies in time" in done.stderr
        assert "opening target" not in done.stderr
        assert not command.ended()
        assert not foreign.toxics()


def test_a_killed_run_leaves_nothing_alive_and_a_readable_folder(place: Path) -> None:
    """kill -9 in the middle of a fault: the guard ends every process, and what was recorded is read as incomplete."""
    command = harness("run", "short.yaml", cwd=place)
    process = command.start()
    assert wait_for(lambda: in_fault(place), 90), process.communicate()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not command.ended()
    shown = harness("runs", "show", "last", cwd=place).run()
    assert shown.returncode == 0, shown.stderr
    assert "unknown" in shown.stdout
    assert harness("report", "last", cwd=place).run().returncode == 0


def test_of_two_runs_on_one_toxiproxy_each_ends_its_own(place: Path) -> None:
    """One is killed: its toxic goes. The other's stays in force until that one is interrupted. The user's own stays as it was."""
    with foreign_target(place) as foreign:
        foreign.add_toxic("theirs")
        written = (place / "foreign.yaml").read_text()
        (place / "foreign.yaml").write_text(written.replace("for: 20s", "for: 90s").replace("for: 15s", "for: 60s"))
        commands = [harness("run", "foreign.yaml", cwd=place) for _ in range(2)]
        killed, other = (command.start() for command in commands)
        assert wait_for(lambda: len(foreign.toxics()) == 3, 60), foreign.toxics()
        pids = {json.loads((one / "run.json").read_text())["pid"]: one.name[-6:] for one in runs(place)}
        (of_other,) = [name for name in foreign.toxics() if f"_r{pids[other.pid]}_" in name]
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate()
        assert wait_for(lambda: foreign.toxics() == ["theirs", of_other], 20), foreign.toxics()
        assert not commands[0].ended()
        other.send_signal(signal.SIGINT)
        _, err = other.communicate(timeout=60)
        assert (other.returncode, foreign.toxics()) == (130, ["theirs"]), err
        assert not commands[1].ended()
        assert foreign.enabled()


def test_a_service_that_dies_ends_the_run(place: Path) -> None:
    """The orders process is killed under load: exit 4, its name and log in the message, everything else ended."""
    command = harness("run", "short.yaml", cwd=place)
    process = command.start()
    assert wait_for(lambda: in_fault(place), 90), process.communicate()
    (orders,) = [p for p in command.alive() if "harness.reference.orders" in p]
    psutil.Process(int(orders.split()[0])).kill()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "orders was killed by SIGKILL" in err
    assert not command.ended()
    assert json.loads((runs(place)[-1] / "run.json").read_text())["status"] == "incomplete"


def test_a_full_disk_ends_the_run_and_keeps_what_there_is(place: Path) -> None:
    """The run folder can grow no further: exit 4 with the folder's name, the fault gone, and what was written is readable."""
    with foreign_target(place) as foreign:
        command = harness("run", "foreign.yaml", cwd=place)
        process = command.start()
        assert wait_for(lambda: len(foreign.toxics()) == 1, 60), process.communicate()
        limit = (runs(place)[-1] / "windows.arrows").stat().st_size + 2000
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        _, err = process.communicate(timeout=60)
        assert process.returncode == 4, err
        assert runs(place)[-1].name in err
        assert foreign.toxics() == []
        assert not command.ended()
    assert json.loads((runs(place)[-1] / "run.json").read_text())["status"] == "incomplete"
    assert harness("runs", "show", "last", cwd=place).run().returncode == 0


def test_a_stop_condition_ends_the_run_and_heals(place: Path) -> None:
    """The service is cut off: the run stops before its time, says why, fails, and the user's proxy is enabled again."""
    with foreign_target(place) as foreign:
        text = (place / "foreign.yaml").read_text().replace("latency: {delay: 100ms}", "down: {}")
        (place / "foreign.yaml").write_text(text + "stop_when: errors > 90% over 2s\n")
        command = harness("run", "foreign.yaml", "--json", cwd=place)
        done = command.run()
        assert done.returncode == 1, done.stderr
        summary = json.loads(done.stdout)
        assert summary["status"] == "stopped"
        assert "errors > 90% over 2s" in " ".join(summary["why"])
        assert summary["duration_s"] < 12
        assert foreign.enabled()
        assert foreign.toxics() == []
        assert not command.ended()
