"""Undo of a process that was paused: let it go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.guard._process_tree import members, resume_tree
from harness.guard.undo import Outcome, Rank, register

__all__ = ["ResumeGroup"]


@register
@dataclass(frozen=True, slots=True)
class ResumeGroup:
    """`pid` leads a session of its own; `start_time` is `process_start(pid)`. One that is gone needs no more."""

    kind: ClassVar[str] = "resume-group"
    rank: ClassVar[Rank] = Rank.PROCESS
    pid: int
    start_time: str

    def __post_init__(self) -> None:
        if self.pid <= 1:
            raise ValueError(f"pid {self.pid} is no process of ours")

    def fields(self) -> dict[str, str | int]:
        return {"pid": self.pid, "start_time": self.start_time}

    def by_hand(self) -> str:
        return f"kill -CONT -- -{self.pid}"

    def undo(self, within_s: float) -> Outcome:  # noqa: ARG002 - it takes a moment
        refused = resume_tree(self.pid, self.start_time)
        if refused:
            return Outcome(False, f"may not signal {list(refused)}")
        return Outcome(True, "goes on" if members(self.pid, self.start_time) else "was gone already")
