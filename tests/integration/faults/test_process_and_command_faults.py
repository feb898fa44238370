"""Processes that die and hang, and commands of other tools."""

from __future__ import annotations

import os
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
from harness.guard import Guard, ResumeGroup, RunCommand
from harness.model import Anchor, Disturbance, Fault, Timeline, Verdict
from harness.stack import Service, ServiceSpec, free_ports
from harness.stack.readiness import HttpReady

pytestmark = pytest.mark.integration


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
