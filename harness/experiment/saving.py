"""What a run hears goes to the run folder at once, and into memory for the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.contract import merge_findings
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Listener
from harness.load import (
    Backlog,
    Failures,
    Finished,
    Health,
    Message,
    Note,
    Observed,
    Problem,
    Samples,
    Timings,
    Windows,
)
from harness.model import Finding, Window
from harness.results import RunWriter, finding_of


class Saving:
    """Takes messages of the load process. `found` hears of each finding, again when it was seen more often."""

    def __init__(
        self, writer: RunWriter, gathered: Gathered, listener: Listener, found: Callable[[Finding], None]
    ) -> None:
        self._writer = writer
        self._gathered = gathered
        self._listener = listener
        self._told: set[str] = set()
        self._found = found

    def take(self, worker: int, message: Message) -> tuple[Window, ...]:
        """Save one message of a load process, numbered from 0; returns the windows in it."""
        match message:
            case Windows(rows=rows):
                self._writer.windows(rows)
                for window in rows:
                    self._gathered.measured.add(window)
                return rows
            case Failures(rows=failures):
                self._writer.failures(failures)
            case Timings(rows=timings):
                self._writer.timings(timings)
            case Samples():
                self._writer.samples(message.start_ns, message.operation, message.outcome, message.latency_us)
            case Observed(observer="audit", rows=rows):
                self._gathered.history_rows += rows
                self._writer.history(rows)
            case Observed(observer="oracle", rows=rows):
                self._oracle(rows)
            case Health() | Backlog() | Finished():
                self._gathered.heard.take(worker, message)
            case Note() | Problem():
                self._word(message)
            case _:
                pass
        return ()

    def _word(self, message: Note | Problem) -> None:
        """Once: every process says the same."""
        said = self._gathered.notes if isinstance(message, Note) else self._gathered.problems
        if message.text in said:
            return
        said.append(message.text)
        raised = "" if isinstance(message, Note) else "the locustfile raised: "
        self._listener.event(raised + (message.text.strip().splitlines()[-1] if raised else message.text))

    def _oracle(self, rows: tuple[dict[str, Any], ...]) -> None:
        self._gathered.oracle_rows += rows
        for key in {_key(row) for row in rows if row.get("kind") == "finding" and "message" in row}:
            same = [r for r in self._gathered.oracle_rows if r.get("kind") == "finding" and _key(r) == key]
            for finding in merge_findings(same):
                self.finding(finding)
                if finding.identity not in self._told:
                    self._told.add(finding.identity)
                    self._listener.event(f"{finding.level} in {finding.operation}: {finding.message[:160]}")

    def finding(self, finding: Finding) -> None:
        """One line of `findings.jsonl`; the last line of an identity counts."""
        self._writer.finding(row_of(finding))
        self._found(finding)


def row_of(finding: Finding) -> dict[str, Any]:
    """A line of `findings.jsonl`, with what sends the finding again (`harness check --replay RUN`), where there is such a thing."""
    again = {"replay": dict(finding.replay)} if finding.replay else {}
    return {**finding_of(finding).model_dump(mode="json"), "at_ns": finding.at_ns, **again}


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["operation"], row["check"], row["signature"]
