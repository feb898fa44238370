"""The load processes of the test on the board: what each said last of itself, who was lost, and who waits on other hosts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.experiment.cockpit.shown import worker_of
from harness.load import Backlog, Finished, Health
from harness.load.remote import Waiting
from harness.model import Load
from harness.ui.state import CrewState, WaitingWorker, WorkerState


class Processes:
    """Of one test. Processes are numbered from 0, and shown from 1."""

    def __init__(self) -> None:
        self.names: Sequence[str] = ()
        """Where each runs, once the run has begun."""
        self._states: dict[int, WorkerState] = {}
        self._health: dict[int, Health] = {}
        self._backlog: dict[int, Backlog] = {}

    def heard(self, number: int, message: Health | Backlog | Finished) -> None:
        """One said how it fares."""
        match message:
            case Health():
                self._health[number] = message
                self._states[number] = worker_of(number, message, self._where(number))
            case Backlog():
                self._backlog[number] = message
            case Finished():
                self._set(number, "finished")

    def lost(self, number: int) -> None:
        """One is gone before its end."""
        self._set(number, "lost")

    def over(self, finished: Sequence[Finished | None]) -> tuple[WorkerState, ...]:
        """Once the load is over: whoever said its last words has finished, and the others are lost."""
        for number, word in enumerate(finished):
            if number in self._states:
                self._set(number, "lost" if word is None else "finished")
        return self.all

    @property
    def all(self) -> tuple[WorkerState, ...]:
        """In their order."""
        return tuple(self._states[number] for number in sorted(self._states))

    @property
    def how_many_lost(self) -> int:
        """So far."""
        return sum(one.state == "lost" for one in self._states.values())

    def pool(self, load: Load | None, at_s: float) -> dict[str, Any]:
        """Of all together: what is asked of them `at_s` seconds after zero (nothing at infinity), and what they say."""
        some = tuple(self._health.values())
        due, late = sum(one.due for one in some), sum(one.late for one in some)
        return {
            "asked": load.profile.rate_at(at_s) if load and at_s != float("inf") else 0.0,
            "users": sum(one.users for one in some),
            "open": sum(one.open for one in some),
            "queued": sum(one.queued for one in self._backlog.values()),
            "dropped": sum(one.dropped for one in self._backlog.values()),
            "late_share": late / due if due else 0.0,
        }

    def _set(self, number: int, state: str) -> None:
        known = self._states.get(number, WorkerState(number=number + 1, state="", where=self._where(number)))
        self._states[number] = known.model_copy(update={"state": state})

    def _where(self, number: int) -> str:
        return self.names[number] if number < len(self.names) else ""


def crew_of(waiting: Iterable[Waiting], expected: int, reports_at: str) -> CrewState:
    """Who waits for a test on other hosts."""
    those = tuple(WaitingWorker(host=one.host, address=one.address) for one in waiting)
    return CrewState(expected=expected, reports_at=reports_at, waiting=those)
