"""Undo of a started process: kill it, its group and whatever it started."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard._process_tree import alive, freeze, signal_row
from harness.guard.undo import Outcome, Rank, register

__all__ = ["KillGroup"]


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
        found = freeze(self.pid, self.start_time)
        refused = [row.pid for row in found.values() if not signal_row(row, signal.SIGKILL)]
        if refused:
            return Outcome(False, f"may not kill {refused}")
        while left := [row.pid for row in found.values() if alive(row)]:
            if time.monotonic() > deadline:
                return Outcome(False, f"{left} outlived SIGKILL")
            time.sleep(0.005)
        return Outcome(True, f"killed {len(found)} processes" if found else "was gone already")
