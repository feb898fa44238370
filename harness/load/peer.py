"""Who is at the other end of a load process's link: a process of ours, or one on another host."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from harness.errors import ServiceDied

__all__ = ["LocalProcess", "Peer", "Spawn", "spawn_plainly"]

Spawn = Callable[[Sequence[str], Mapping[str, str], Sequence[int], Path], "subprocess.Popen[bytes]"]
"""Start `argv` with `env`, leaving it the descriptors `pass_fds`, its output appended to the file; in a session of its own."""

_QUOTED_LINES = 15


class Peer(Protocol):
    """A load process, as far as it can be reached beside its link."""

    @property
    def pid(self) -> int:
        """Its process id, on its host."""

    @property
    def name(self) -> str:
        """For people, such as `4711` or `4711 on load-2`."""

    def wait(self, timeout: float) -> int | None:
        """Its exit code, or None where it has not ended within `timeout` seconds."""

    def kill(self) -> None:
        """End it and all that it started, at once."""

    def said(self) -> str:
        """Its last words, each line on a new indented line; empty where there are none."""

    def died(self) -> ServiceDied:
        """What to raise when its link closed before it had finished."""


class LocalProcess:
    """A child in a session of its own; what it prints is in `log`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """See `Peer.pid`."""
        return self._process.pid

    @property
    def name(self) -> str:
        """Its process id."""
        return str(self._process.pid)

    def wait(self, timeout: float) -> int | None:
        """See `Peer.wait`."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """See `Peer.kill`."""
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
        self._process.wait()

    def said(self) -> str:
        """The end of its log."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:]
        except OSError:
            return ""
        return "".join(f"\n    {line}" for line in lines)

    def died(self) -> ServiceDied:
        """With its exit code and its last words."""
        code = self.wait(5)
        return ServiceDied(
            f"The load process {self.name} ended before its run did (exit code {'none yet' if code is None else code}).{self.said()}",
            f"Its log is {self._log}.",
        )


def spawn_plainly(
    argv: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int], log_path: Path
) -> subprocess.Popen[bytes]:
    """A `Spawn` that tells nobody."""
    with log_path.open("ab") as log:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            pass_fds=tuple(pass_fds),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
