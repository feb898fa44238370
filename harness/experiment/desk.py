"""The desk: who conducts a run from outside. It hears everything as it is learnt, may end the run, and may hurt the target by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.experiment.gathered import Gathered
from harness.experiment.opening import OpenTarget
from harness.faults import RunClock
from harness.load import Message
from harness.model import FaultRecord, Finding, Scenario
from harness.results import RunFolder, RunWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Conducted:
    """A run whose load has just been let go: `clock` knows its zero, `gathered` grows as it goes. Faults by hand are written by `writer`.

    `workers` says where each load process is, if they are on other hosts; else it is empty.
    """

    scenario: Scenario
    opened: OpenTarget
    folder: RunFolder
    gathered: Gathered
    writer: RunWriter
    clock: RunClock
    workers: tuple[str, ...] = ()


class Desk(Protocol):
    """All methods but `fault` and `checking` are called in the run's own thread; one that raises ends the run."""

    def opened(self, opened: OpenTarget, folder: RunFolder) -> None:
        """The target answers; nothing was sent yet."""

    def checking(self, gathered: Gathered, found: tuple[Finding, ...]) -> None:
        """Generated requests are being sent: `gathered.so_far` has grown, `found` are findings that are new or were seen again. From the
        threads of the check, several times a second."""

    def checked(self, gathered: Gathered) -> None:
        """A part of the contract in calm was checked: what it found stands in `gathered`, in place of what was told on the way."""

    def began(self, run: Conducted) -> None:
        """Zero is known, and the load is on its way."""

    def heard(self, worker: int, message: Message) -> None:
        """A load process, numbered from 0, said something."""

    def lost(self, worker: int, why: str) -> None:
        """A load process ended without last words: the run ends."""

    def fault(self, row: dict[str, object]) -> None:
        """A line of `faults.jsonl`. From the threads of the faults, too."""

    def finding(self, finding: Finding) -> None:
        """Something is wrong, for the first time or once more."""

    def second(self) -> None:
        """Once a second while there is load."""

    def must_end(self) -> str:
        """Why the run is to end now; empty as long as it may go on. Asked ten times a second while there is load."""

    def heal(self) -> tuple[FaultRecord, ...]:
        """The load has ended: take back what was put on by hand, and say what became of it. Raises HealFailed. Twice is harmless."""


class Nobody:
    """Nobody conducts the run: it goes as its scenario says."""

    def opened(self, opened: OpenTarget, folder: RunFolder) -> None:
        """Nothing."""

    def checking(self, gathered: Gathered, found: tuple[Finding, ...]) -> None:
        """Nothing."""

    def checked(self, gathered: Gathered) -> None:
        """Nothing."""

    def began(self, run: Conducted) -> None:
        """Nothing."""

    def heard(self, worker: int, message: Message) -> None:
        """Nothing."""

    def lost(self, worker: int, why: str) -> None:
        """Nothing."""

    def fault(self, row: dict[str, object]) -> None:
        """Nothing."""

    def finding(self, finding: Finding) -> None:
        """Nothing."""

    def second(self) -> None:
        """Nothing."""

    def must_end(self) -> str:
        """Never."""
        return ""

    def heal(self) -> tuple[FaultRecord, ...]:
        """There is nothing."""
        return ()
