"""Processes that die and hang, containers (through a program that stands in for docker), and commands of other tools."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput, EnvironmentFailed, HealFailed
from harness.experiment.recoveries import faults_in_force
from harness.faults import (
    Appliers,
    Canary,
    Command,
    CommandApplier,
    CommandCanary,
    Container,
    FaultRunner,
    Kill,
    OwnedBody,
    Pause,
    Probe,
    ProcessApplier,
    RunClock,
    Schedule,
    SlowStart,
)
from harness.guard import Guard, ResumeGroup, RunCommand, StartContainer, UnpauseContainer
from harness.model import Anchor, Disturbance, Fault, Timeline, Verdict
from harness.stack import Service, ServiceSpec, free_ports
from harness.stack.readiness import HttpReady

pytestmark = pytest.mark.integration

# Stands in for the engine, which no test machine has: it keeps a container's state in a file, and what it was asked in another.
DOCKER = """#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> asked
case "$1" in
  kill) echo "false false" > state ;;
  start) echo "true false" > state ;;
  pause) echo "true true" > state ;;
  unpause) if grep -q "true true" state; then echo "true false" > state; else echo "not paused" >&2; exit 1; fi ;;
  inspect) read -r running paused < state
    case "$3" in *Running*Paused*) echo "$running $paused" ;; *Running*) echo "$running" ;; *) echo "$paused" ;; esac ;;
esac
"""


def fault(disturbance: Disturbance, duration: float = 5, edge: str = "shop") -> Fault:
    return Fault(name="it", edge=edge, disturbance=disturbance, at=Anchor(0.0), duration=duration)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A web server of one process."""
    (port,) = free_ports(1)
    spec = ServiceSpec(
        name="shop",
        argv=(sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)),
        env={"PATH": os.defpath},
        port=port,
        ready=HttpReady(port, "/"),
        log=tmp_path / "shop.log",
        cwd=tmp_path,
    )
    with Guard.start(tmp_path / "j.jsonl", name="test") as guard, ExitStack() as stack:
        one = Service.start(spec, guard)
        stack.callback(one.stop)
        one.wait_ready(30)
        yield one


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stand-in for docker that is first on PATH, with one container that runs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(DOCKER)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "state").write_text("true false\n")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def run_of(
    one: Fault, applier: Any, canaries: dict[str, Any], own: dict[str, Any] | None = None
) -> tuple[Any, list[dict[str, Any]]]:
    """Run one fault on the clock to its end; the record and the rows."""
    rows: list[dict[str, Any]] = []
    schedule = Schedule.plan(Timeline.lay_out(None, [one]), [one])
    runner = FaultRunner(schedule, applier, canaries, emit=rows.append, who="me", own_canaries=own or {})
    runner.prepare()
    runner.start(RunClock(time.monotonic_ns(), time.monotonic_ns, time.time))
    until(lambda: rows[-1]["event"] in ("healed", "failed"))
    (record,) = runner.stop()
    return record, rows


@pytest.mark.parametrize("disturbance", [Kill(), Pause(), SlowStart(speed="10%")], ids=lambda one: one.kind)
def test_a_process_fault_is_seen_in_force_and_gone(disturbance: Disturbance, service: Service, promises: Any) -> None:
    """The canary sees nobody answer while it lasts, and the same answers as before after it."""
    canary = Canary(Probe(protocol="http", host="127.0.0.1", port=service.spec.port))
    applier = Appliers(ProcessApplier({"shop": [OwnedBody(service)]}, promises))
    record, rows = run_of(fault(disturbance, 1.5), applier, {"shop": canary})
    assert (record.in_force, record.healed) == (True, True), record.evidence
    assert [row["seen"] for row in rows if row["event"] == "healed"] == [True], rows
    assert "shop" in str([row["processes"] for row in rows if row["event"] == "in force"])
    assert promises.open == []


def test_a_pause_promises_its_end_first(service: Service, promises: Any) -> None:
    """The guard knows of the process before it is stopped, and lets it go on when we do not."""
    applier = ProcessApplier({"shop": [OwnedBody(service)]}, promises)
    applier.apply(fault(Pause()))
    (undo,) = promises.open
    assert isinstance(undo, ResumeGroup)
    assert OwnedBody(service).state() == "paused"
    assert undo.undo(1).done
    until(lambda: OwnedBody(service).state() == "running")
    assert applier.heal("it").found is False


def test_a_process_fault_needs_something_of_ours(promises: Any) -> None:
    """An edge behind which nothing is ours is refused, with what to write."""
    with pytest.raises(BadInput, match="container: NAME"):
        ProcessApplier({}, promises).check([fault(Kill())])


def test_a_container_is_paused_and_goes_on(docker: Path, promises: Any) -> None:
    """`docker pause` and `unpause`, each seen in the container's state; the undo stands before the change."""
    applier = ProcessApplier({"shop": [Container.find("web-1", os.environ)]}, promises)
    applier.check([fault(Pause())])
    applier.apply(fault(Pause()))
    assert (docker / "state").read_text() == "true true\n"
    assert promises.open == [UnpauseContainer(str(docker / "docker"), "web-1")]
    assert applier.heal("it").found
    assert (docker / "state").read_text() == "true false\n"
    asked = (docker / "asked").read_text().splitlines()
    assert [line for line in asked if not line.startswith("inspect")] == ["pause web-1", "unpause web-1"]


def test_a_killed_container_is_started_by_the_guards_undo(docker: Path, promises: Any) -> None:
    """And doing it twice is as good as once."""
    ProcessApplier({"shop": [Container.find("web-1", os.environ)]}, promises).apply(fault(Kill()))
    (undo,) = promises.open
    assert isinstance(undo, StartContainer)
    assert [undo.undo(2).done, undo.undo(2).done] == [True, True]
    assert (docker / "asked").read_text().count("start web-1") == 1
    assert UnpauseContainer(str(docker / "docker"), "web-1").undo(1).done  # it is not paused: nothing to do


def test_a_container_that_does_not_run_is_told_before(docker: Path, promises: Any) -> None:
    """As is one that cannot start slowly, and a machine without docker."""
    applier = ProcessApplier({"shop": [Container.find("web-1", os.environ)]}, promises)
    with pytest.raises(BadInput, match="cannot start slowly"):
        applier.check([fault(SlowStart())])
    (docker / "state").write_text("false false\n")
    with pytest.raises(EnvironmentFailed, match="web-1 is gone before the fault"):
        applier.check([fault(Kill())])
    with pytest.raises(EnvironmentFailed, match="no `docker` on PATH"):
        Container.find("web-1", {"PATH": ""})


SWITCH = Command(apply="touch on", heal="rm -f on", in_force="test -e on", healed="test ! -e on")


def test_a_command_fault_is_made_seen_and_healed(tmp_path: Path, promises: Any) -> None:
    """Its own commands say whether it is in force and gone."""
    one = fault(SWITCH, 0.8)
    record, rows = run_of(one, CommandApplier(promises, tmp_path), {}, {"it": CommandCanary(SWITCH, tmp_path)})
    assert (record.in_force, record.healed) == (True, True), record.evidence
    assert [row["seen"] for row in rows if row["event"] in ("seen", "healed")] == [True, True]
    assert promises.open == []
    assert not (tmp_path / "on").exists()


def test_a_command_that_does_nothing_is_not_in_force(tmp_path: Path, promises: Any) -> None:
    """It exits with 0, and its check says otherwise; one that says yes before the fault says nothing."""
    idle = Command(apply="true", heal="true", in_force="test -e on")
    record, _ = run_of(fault(idle, 0.5), CommandApplier(promises, tmp_path), {}, {"it": CommandCanary(idle, tmp_path)})
    assert record.in_force is False
    assert "exit code 1" in record.evidence
    always = Command(apply="true", heal="true", in_force="true")
    record, _ = run_of(
        fault(always, 0.5), CommandApplier(promises, tmp_path), {}, {"it": CommandCanary(always, tmp_path)}
    )
    assert record.in_force is False
    assert "before the fault, too" in record.evidence


def test_a_command_that_does_not_heal_is_not_healed(tmp_path: Path, promises: Any) -> None:
    """`heal` exits with 0, and `healed` says otherwise: the run cannot be trusted."""
    stuck = Command(apply="touch on", heal="true", in_force="test -e on", healed="test ! -e on")
    record, rows = run_of(
        fault(stuck, 0.5), CommandApplier(promises, tmp_path), {}, {"it": CommandCanary(stuck, tmp_path)}
    )
    assert (record.in_force, record.healed) == (True, False), rows
    assert faults_in_force([record])[0].verdict is Verdict.UNKNOWN


def test_a_command_that_fails_is_healed_at_once(tmp_path: Path, promises: Any) -> None:
    """Half of it may have been done; and one that hangs is ended with all that it started."""
    half = Command(apply="touch on; echo no such device; exit 3", heal="rm -f on")
    with pytest.raises(EnvironmentFailed, match="exit code 3: no such device"):
        CommandApplier(promises, tmp_path).apply(fault(half))
    assert not (tmp_path / "on").exists()
    hanging = Command(apply="sleep 60", heal="true", within="200ms")
    with pytest.raises(EnvironmentFailed, match=r"did not end within 0\.2 s"):
        CommandApplier(promises, tmp_path).apply(fault(hanging))
    assert promises.open == []


def test_a_command_that_does_not_heal_stops_loudly(tmp_path: Path, promises: Any) -> None:
    """With what to type, and the guard keeps its promise."""
    applier = CommandApplier(promises, tmp_path)
    applier.apply(fault(Command(apply="true", heal="echo busy; exit 1")))
    with pytest.raises(HealFailed, match="busy") as caught:
        applier.heal("it")
    assert f"cd {tmp_path} && echo busy; exit 1" in caught.value.todo
    assert len(promises.open) == 1


def test_the_guards_command_says_whether_it_worked(tmp_path: Path) -> None:
    """Exit code 0, in time."""
    assert RunCommand("touch done", str(tmp_path), 5000).undo(1).done
    assert (tmp_path / "done").exists()
    assert not RunCommand("echo no; exit 2", str(tmp_path), 5000).undo(0.1).done
    assert "did not end within 0.1 s" in RunCommand("sleep 60", str(tmp_path), 100).undo(0.1).what
    assert "could not be run" in RunCommand("true", "/nowhere/at/all", 100).undo(0.1).what
