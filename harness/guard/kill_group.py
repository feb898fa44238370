"""Undo of a started process: kill it, its group and whatever it started."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard._process_table import ProcessRow, process_row, process_table
from harness.guard.undo import Outcome, Rank, register

__all__ = ["KillGroup"]

_FREEZE_ROUNDS = 100  # two do, unless a tree forks faster than we read /proc


@register
@dataclass(frozen=True, slots=True)
class KillGroup:
    """`pid` leads a session of its own; `start_time` is `process_start(pid)`. SIGKILL only: TERM is the owner's job.

    Descendants that left the group are killed too: Postgres puts each of its children into a session of its own.
    """

    kind: ClassVar[str] = "kill-group"
    rank: ClassVar[Rank] = Rank.PROCESS
    pid: int
    start_time: str

    def __post_init__(self) -> None:
        if self.pid <= 1:
            raise ValueError(f"pid {self.pid} is no process of ours")

    def fields(self) -> dict[str, str | int]:
        return {"pid": self.pid, "start_time": self.start_time}

    def by_hand(self) -> str:
        return f"kill -KILL -- -{self.pid}"

    def undo(self, within_s: float) -> Outcome:
        deadline = time.monotonic() + within_s
        found = self._freeze()
        refused = [row.pid for row in found.values() if not _signal(row, signal.SIGKILL)]
        if refused:
            return Outcome(False, f"may not kill {refused}")
        while left := [row.pid for row in found.values() if _alive(row)]:
            if time.monotonic() > deadline:
                return Outcome(False, f"{left} outlived SIGKILL")
            time.sleep(0.005)
        return Outcome(True, f"killed {len(found)} processes" if found else "was gone already")

    def _freeze(self) -> dict[int, ProcessRow]:
        """Stop the tree until no new member appears: a process that forks while it is counted would slip away."""
        found: dict[int, ProcessRow] = {}
        for _ in range(_FREEZE_ROUNDS):
            new = {pid: row for pid, row in self._members().items() if pid not in found}
            if not new:
                break
            for row in new.values():
                _signal(row, signal.SIGSTOP)
            found |= new
        return found

    def _members(self) -> dict[int, ProcessRow]:
        table = process_table()
        leader = table.get(self.pid)
        if leader and leader.start != self.start_time:
            return {}  # the pid belongs to somebody else by now
        pids = {row.pid for row in table.values() if row.group == row.session == self.pid}
        grown = pids | ({self.pid} & table.keys())
        while grown:
            pids |= grown
            grown = {row.pid for row in table.values() if row.parent in pids} - pids
        return {pid: table[pid] for pid in pids if table[pid].state not in "ZX"}


def _alive(row: ProcessRow) -> bool:
    now = process_row(row.pid)
    return now is not None and now.start == row.start and now.state not in "ZX"


def _signal(row: ProcessRow, number: signal.Signals) -> bool:
    """Whether it was delivered, or there is nobody left to deliver it to."""
    if not _alive(row):
        return True
    try:
        os.kill(row.pid, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True
