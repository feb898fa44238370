"""Runs the command as a user does, and finds every process that came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
HARNESS = (sys.executable, "-m", "harness.cli")
MARK = "TEST_MARK"


@dataclass
class Command:
    """One invocation. Every process that descends from it carries a mark in its environment."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def start(self) -> subprocess.Popen[str]:
        """In a session of its own, as a terminal would."""
        return subprocess.Popen(
            self.argv,
            cwd=self.cwd,
            env={**os.environ, **self.env, MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """To its end."""
        process = self.start()
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(self.argv, process.returncode, out, err)

    def alive(self) -> list[str]:
        """Processes of this invocation that still live."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
            except psutil.Error:
                continue
        return found

    def ended(self, within_s: float = 30) -> list[str]:
        """What is left of it after at most `within_s` seconds; nothing, if all is well."""
        wait_for(lambda: not self.alive(), within_s)
        return self.alive()


def harness(*arguments: str, cwd: Path, **env: str) -> Command:
    """`harness ARGUMENTS`."""
    return Command((*HARNESS, *arguments), cwd, env)


def wait_for(is_so: Callable[[], bool], within_s: float) -> bool:
    """Ask until it is so, or until time is up."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def runs(folder: Path) -> list[Path]:
    """The run folders under a working folder, oldest first."""
    return sorted((folder / "reports" / "runs").glob("*"))


def last_fault_event(folder: Path) -> str:
    """The last event in the newest run's `faults.jsonl`."""
    found = runs(folder)
    file = found[-1] / "faults.jsonl" if found else None
    lines = file.read_text().splitlines() if file is not None and file.is_file() else []
    return lines[-1] if lines else ""
