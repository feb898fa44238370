"""Starts a run's helper processes in sessions of their own, and tells the guard, so that none outlives the run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import EnvironmentFailed
from harness.experiment.collecting import Collected, collect
from harness.guard import Guard, KillGroup, process_start
from harness.probes import Executed

_SHORT = 1 << 20  # bytes: a number, or a text to find one in


@dataclass(frozen=True, slots=True)
class GuardedSpawn:
    """Between its start and the guard's knowledge a child is held by its pipe alone: each of ours leaves at end of file."""

    guard: Guard

    def __call__(self, argv: list[str], **popen: Any) -> subprocess.Popen[bytes]:
        """As `subprocess.Popen`."""
        process = subprocess.Popen(argv, start_new_session=True, **popen)
        start = process_start(process.pid)
        if start is not None:  # None: it has ended already
            try:
                self.guard.promise(KillGroup(process.pid, start))
            except EnvironmentFailed:
                process.kill()
                process.wait()
                raise
        return process

    def to_its_end(self, argv: list[str], *, cwd: str | None, timeout_s: float) -> Executed:
        """A short command, in a session of its own; what is left of its group after that, or after `timeout_s` seconds, is killed.

        Raises OSError where it can't be started, EnvironmentFailed where nobody guards it.
        """
        done = self.all_of_it(argv, cwd=cwd, env=os.environ, timeout_s=timeout_s, most_bytes=_SHORT)
        return Executed(done.code, done.out.decode(errors="replace"), done.err.decode(errors="replace"))

    def all_of_it(
        self, argv: list[str], *, cwd: str | None, env: Mapping[str, str], timeout_s: float, most_bytes: int
    ) -> Collected:
        """A command that may print much. Raises OSError where it can't be started, EnvironmentFailed where nobody guards it."""
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        start = process_start(process.pid)
        promise = None
        try:
            if start is not None:
                promise = self.guard.promise(KillGroup(process.pid, start))
            return collect(process, timeout_s, most_bytes)
        finally:
            if process.returncode is None:
                process.kill()
                process.communicate()
            if promise is not None:
                promise.kept()

    def for_load(
        self, argv: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int], log_path: Path
    ) -> subprocess.Popen[bytes]:
        """As the load room asks for it."""
        with log_path.open("ab") as log:
            return self(
                list(argv), env=dict(env), pass_fds=tuple(pass_fds), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
