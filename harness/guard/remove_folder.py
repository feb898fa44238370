"""Undo of a folder that was made: remove it."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.guard.undo import Outcome, Rank, register

__all__ = ["RemoveFolder"]

_LEAST_DEPTH = 3  # "/", a top folder, and something below it: `/home` or a slip of an empty variable is never removed


@register
@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """`path` is absolute; a symbolic link is not followed."""

    kind: ClassVar[str] = "remove-folder"
    rank: ClassVar[Rank] = Rank.FOLDER
    path: str

    def __post_init__(self) -> None:
        path = Path(self.path)
        if not path.is_absolute() or ".." in path.parts or len(path.parts) < _LEAST_DEPTH:
            raise ValueError(f"{self.path!r} is no folder to remove; give an absolute one below the top level")

    def fields(self) -> dict[str, str | int]:
        return {"path": self.path}

    def by_hand(self) -> str:
        return f"rm -rf -- {shlex.quote(self.path)}"

    def undo(self, within_s: float) -> Outcome:
        import shutil  # it drags in three compressors; the guard loads it once it is ready

        path, deadline = Path(self.path), time.monotonic() + within_s
        while True:
            try:
                shutil.rmtree(path)
            except FileNotFoundError:
                if not path.exists():
                    return Outcome(True, "is gone")
            except OSError as error:  # a dying process may still write into it
                if time.monotonic() > deadline:
                    return Outcome(False, str(error))
            else:
                return Outcome(True, "removed")
            time.sleep(0.02)
