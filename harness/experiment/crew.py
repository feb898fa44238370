"""Load processes on other hosts: those that report for one run, or for one test after the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from harness import __version__
from harness.experiment.listener import Listener
from harness.load import LoadPlan, Workers
from harness.load.remote import TOKEN_VARIABLE, Roster, mustered
from harness.model import Muster

__all__ = ["Crew", "Standing", "report_once"]


class Crew(Protocol):
    """Gives a run its workers. `still` is called while they are waited for, and what it raises ends the wait."""

    def __call__(self, plan: LoadPlan, muster: Muster, *, listener: Listener, still: Callable[[], None]) -> Workers:
        """To be closed by the caller. Raises EnvironmentFailed where too few came."""


def report_once(plan: LoadPlan, muster: Muster, *, listener: Listener, still: Callable[[], None]) -> Workers:
    """A `Crew` that comes for this run alone."""
    del still  # here an interrupt is a signal
    token = os.environ.get(TOKEN_VARIABLE, "")
    return mustered(plan, muster, token=token, version=__version__, say=listener.event)


class Standing:
    """A `Crew` of those who wait in a roster."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def __call__(self, plan: LoadPlan, muster: Muster, *, listener: Listener, still: Callable[[], None]) -> Workers:
        """As `Crew`."""
        have = len(self._roster.waiting)
        if have < muster.workers:
            listener.phase(
                f"waiting for {muster.workers} workers, {have} of which are at {self._roster.address}; "
                "start the others: harness run --worker HOST:PORT"
            )
        workers = self._roster.workers(plan, muster.workers, patience_s=muster.patience_s, still=still)
        for number, one in enumerate(workers.generators, 1):
            listener.event(f"worker {number} of {muster.workers} is {one.peer.name}")
        listener.phase("load: starting users")
        return workers
