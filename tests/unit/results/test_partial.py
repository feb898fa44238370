"""What is told of a run that ended before its summary."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from harness.results import RunFolder, RunReader, RunRecord, RunWriter, Status, partial_summary

S = 1_000_000_000


def begun(root: Path) -> RunWriter:
    """A run that has just started."""
    folder = RunFolder.create(root, "demo", datetime(2026, 11, 24, tzinfo=UTC), "1")
    return RunWriter(folder, RunRecord(run=folder.name, scenario_name="demo", target="reference", started=""))


def test_a_fault_is_told_as_far_as_it_went(tmp_path: Path) -> None:
    """Asked, in force and seen, but never removed: no end, and not healed."""
    writer = begun(tmp_path)
    about = {"fault": "slow", "edge": "payments", "kind": "latency", "describe": "+800 ms"}
    writer.fault({**about, "event": "asked", "at_ns": 0, "planned_s": 20.0})
    writer.fault({**about, "event": "in force", "at_ns": 20 * S})
    writer.fault({**about, "event": "seen", "at_ns": 21 * S, "seen": True, "evidence": "806 ms"})
    (fault,) = partial_summary(RunReader.open(writer.folder)).faults
    assert (fault.asked_s, fault.from_s, fault.to_s, fault.in_force, fault.healed) == (20.0, 20.0, None, True, False)
    writer.fault({**about, "event": "removed", "at_ns": 35 * S})
    writer.fault({**about, "event": "healed", "at_ns": 35 * S, "seen": None, "evidence": "read back"})
    (fault,) = partial_summary(RunReader.open(writer.folder)).faults
    assert (fault.to_s, fault.healed, fault.evidence) == (35.0, True, "806 ms")


def test_a_fault_that_could_not_be_put_is_not_in_force(tmp_path: Path) -> None:
    """Its error is the evidence."""
    writer = begun(tmp_path)
    writer.fault({"fault": "slow", "event": "failed", "at_ns": S, "error": "no such proxy"})
    (fault,) = partial_summary(RunReader.open(writer.folder)).faults
    assert fault.in_force is False
    assert "no such proxy" in fault.evidence


def test_the_last_line_of_a_finding_counts(tmp_path: Path) -> None:
    """Counts grow as a run goes; a line that can't be read is told, not dropped."""
    writer = begun(tmp_path)
    finding = {"identity": "abc", "level": "error", "source": "oracle", "operation": "o", "message": "m"}
    writer.finding({**finding, "count": 1})
    writer.finding({**finding, "count": 7})
    writer.finding({"weather": "fine"})
    findings = partial_summary(RunReader.open(writer.folder)).findings
    assert [f.count for f in findings] == [7, 1]
    assert "could not be read" in findings[1].message


def test_why_it_ended_is_the_first_reason(tmp_path: Path) -> None:
    """The verdict is unknown, whatever the figures say."""
    writer = begun(tmp_path)
    writer.finish(Status.INTERRUPTED, ended="", why="Ctrl-C after 3 s")
    summary = partial_summary(RunReader.open(writer.folder))
    assert (summary.verdict, summary.status) == ("unknown", "interrupted")
    assert summary.why[0] == "The run was interrupted: Ctrl-C after 3 s"
