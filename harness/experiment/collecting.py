"""All that a command prints, bounded in time and size; nothing that it started outlives it."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["Collected", "collect"]

_CHUNK = 1 << 16
_LAST_WORDS = 2_000  # bytes of stderr that are kept: its end
_LOOK_S = 0.01


@dataclass(frozen=True, slots=True)
class Collected:
    """`code` is None where the command had to be killed: its time was up, or `out` is longer than it may be."""

    code: int | None
    out: bytes
    err: bytes


def collect(process: subprocess.Popen[bytes], timeout_s: float, most_bytes: int) -> Collected:
    """Of a process that leads a session of its own and has both pipes; ends it, and whatever it left running."""
    deadline = time.monotonic() + timeout_s
    try:
        whole, out, err = _read(process, deadline, most_bytes)
        ended = whole and _has_ended(process.pid, deadline)
    finally:
        # It was not waited for yet, so its number is still its own and its group's.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return Collected(code if ended else None, out, err)


def _read(process: subprocess.Popen[bytes], deadline: float, most_bytes: int) -> tuple[bool, bytes, bytes]:
    """Whether both pipes came to their end, and what came through them."""
    out, err = bytearray(), bytearray()
    with selectors.DefaultSelector() as pipes:
        for pipe, into in ((process.stdout, out), (process.stderr, err)):
            assert pipe is not None
            pipes.register(pipe, selectors.EVENT_READ, into)
        while pipes.get_map() and len(out) <= most_bytes:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            for key, _ in pipes.select(left):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    pipes.unregister(key.fileobj)
                key.data.extend(data)
                del err[:-_LAST_WORDS]
        return not pipes.get_map() and len(out) <= most_bytes, bytes(out), bytes(err)


def _has_ended(pid: int, deadline: float) -> bool:
    """Leaves it waited for by nobody."""
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)
    return True
