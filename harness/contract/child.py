"""Run one of this room's programs as a child process: spec in, rows out, a time limit, and never an orphan."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.errors import EnvironmentFailed, ServiceDied
from harness.model.places import cache_dir

_HYPOTHESIS = "HYPOTHESIS_STORAGE_DIRECTORY"
"""Where Hypothesis keeps its table of all characters. In a folder that is new each time it makes it anew, which takes it a second or two."""


class Spawn(Protocol):
    """Start a process as `subprocess.Popen` does; the stack's one also tells the guard of it."""

    def __call__(self, argv: list[str], **popen: Any) -> subprocess.Popen[bytes]:
        """Return the running process."""


def plain_spawn(argv: list[str], **popen: Any) -> subprocess.Popen[bytes]:
    """A process in a session of its own, so that Ctrl-C reaches the parent alone, which then ends the child."""
    return subprocess.Popen(argv, start_new_session=True, **popen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """`killed`: the time limit passed, so what it told is all there is."""

    killed: bool
    returncode: int


def run_child(
    module: str,
    spec: Mapping[str, Any],
    *,
    on_row: Callable[[dict[str, Any]], None],
    timeout_s: float,
    log_path: Path,
    spawn: Spawn = plain_spawn,
    environ: Mapping[str, str] | None = None,
) -> Ended:
    """Run `python -m module`, working in a temporary folder. Raises ServiceDied where it ends badly by itself."""
    env = {_HYPOTHESIS: str(cache_dir(os.environ) / "hypothesis"), **os.environ, **(environ or {})}
    with tempfile.TemporaryDirectory(prefix="harness-contract-", ignore_cleanup_errors=True) as folder:
        with log_path.open("ab") as log:
            try:
                process = spawn(
                    [sys.executable, "-m", module],
                    cwd=folder,
                    env=env,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            except OSError as error:
                raise EnvironmentFailed(f"`python -m {module}` could not be started: {error}.") from error
        ended = _converse(process, {**spec, "folder": folder}, on_row, timeout_s)
    if ended.returncode != 0 and not ended.killed:
        raise ServiceDied(
            f"`python -m {module}` ended with {ended.returncode}. Its last words: {last_words(log_path)}",
            f"The whole of its log: {log_path}",
        )
    return ended


def _converse(
    process: subprocess.Popen[bytes],
    spec: Mapping[str, Any],
    on_row: Callable[[dict[str, Any]], None],
    timeout_s: float,
) -> Ended:
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        process.kill()
        raise EnvironmentFailed("The child was started without pipes.", "Pass `stdin` and `stdout` on to Popen.")
    late = threading.Event()

    def expire() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(timeout_s, expire)
    timer.daemon = True
    timer.start()
    try:
        with contextlib.suppress(BrokenPipeError):  # it died at once: its exit code and its log say why
            stdin.write(json.dumps(spec, default=str).encode() + b"\n")
            stdin.flush()
        for line in stdout:
            if line.endswith(b"\n"):  # a line that was cut by the kill says nothing
                on_row(json.loads(line))
        return Ended(returncode=process.wait(), killed=late.is_set())
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        with contextlib.suppress(BrokenPipeError):  # what was still buffered for a child that is gone
            stdin.close()
        stdout.close()


def last_words(log_path: Path, lines: int = 5, most: int = 800) -> str:
    """The end of a log, for an error message."""
    try:
        with log_path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 8192))
            text = log.read().decode(errors="replace").strip()
    except OSError:
        return "(no log)"
    return " | ".join(text.splitlines()[-lines:])[-most:] or "(nothing)"
