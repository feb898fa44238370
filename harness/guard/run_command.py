"""Undo of a change that only a command can take back: run it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard.undo import Outcome, Rank, register

__all__ = ["RunCommand"]

_TAIL = 300
_LONGEST_MS = 30_000  # all that a guard does must end
_AGAIN_S = 0.1


@register
@dataclass(frozen=True, slots=True)
class RunCommand:
    """`command` is for /bin/sh in folder `cwd`; exit code 0 within `timeout_ms` says that it is done. It must bear being run twice.

    It takes the time it needs, and not what other undos are given: half a command is worse than a late one.
    """

    kind: ClassVar[str] = "run-command"
    rank: ClassVar[Rank] = Rank.COMMAND
    command: str
    cwd: str
    timeout_ms: int

    def __post_init__(self) -> None:
        if not self.command.strip() or not 0 < self.timeout_ms <= _LONGEST_MS:
            raise ValueError(
                f"{self.command!r} within {self.timeout_ms} ms is no command that ends; give it up to 30 s"
            )

    def fields(self) -> dict[str, str | int]:
        return {"command": self.command, "cwd": self.cwd, "timeout_ms": self.timeout_ms}

    def by_hand(self) -> str:
        return f"cd {shlex.quote(self.cwd)} && {self.command}"

    def undo(self, within_s: float) -> Outcome:
        end, timeout_s = time.monotonic() + within_s, self.timeout_ms / 1000
        while True:
            outcome = self._once(timeout_s)
            if outcome.done or time.monotonic() + _AGAIN_S > end:
                return outcome
            time.sleep(_AGAIN_S)

    def _once(self, timeout_s: float) -> Outcome:
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", self.command],
                    cwd=self.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                return Outcome(False, f"could not be run: {error}")
            try:
                code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return Outcome(False, f"did not end within {timeout_s:g} s")
            said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
            words = said.read().decode(errors="replace").strip()
        told = f"exit code {code}{f': {words}' if words else ''}"
        return Outcome(code == 0, told)
