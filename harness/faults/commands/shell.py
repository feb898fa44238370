"""Runs one command of a fault, bounded in time: it and all it started end with its time-out."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Answer", "run"]

_TAIL = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` is None where it did not end in time, or could not be run."""

    code: int | None
    said: str

    @property
    def worked(self) -> bool:
        """Exit code 0."""
        return self.code == 0

    def __str__(self) -> str:
        if self.code is None:
            return self.said
        return f"exit code {self.code}{f': {self.said}' if self.said else ''}"


def run(command: str, cwd: Path, within_s: float) -> Answer:
    """Output is kept in a file, so that a grandchild that holds it open cannot hold us up."""
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return Answer(None, f"could not be run: {error}")
        try:
            code = process.wait(within_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Answer(None, f"did not end within {within_s:g} s")
        out.seek(max(0, out.seek(0, os.SEEK_END) - _TAIL))
        return Answer(code, out.read().decode(errors="replace").strip())
