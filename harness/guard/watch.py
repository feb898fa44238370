"""The guard process: it waits for its parent's end or a lease's end, and takes back what is still promised."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import EnvironmentFailed
from harness.guard.heal import take_back, told, undo_all
from harness.guard.journal import Journal, JournalReader, PromiseRecord

__all__ = ["watch"]

_LEASE_TRY_S = 1.0  # one undo at a lease's end; others may be due meanwhile
_LEASE_AGAIN_NS = 500_000_000


def watch(path: Path, parent_end: socket.socket) -> int:
    """Serve until the other end of the socket closes; 0 when nothing is left in the world, 1 otherwise."""
    journal = Journal.open(path)
    if not journal.lock():
        raise EnvironmentFailed(f"{path} has a guard already.")
    with suppress(ConnectionError):  # a parent that is gone already left its promises
        parent_end.sendall(b"ready\n")
    _load_what_undos_need()
    reader = JournalReader(path)
    watcher = _Watcher(reader, journal)
    with _ParentEnd(parent_end, reader.read().parent) as parent:
        while parent.lives(watcher.until_next_s()):
            watcher.end_leases()
    left = undo_all(watcher.pending(), watcher.note)
    return 1 if left else 0


def _load_what_undos_need() -> None:
    """Now rather than at the moment of need: by then the files may be gone."""
    import http.client  # noqa: F401
    import shutil  # noqa: F401
    import subprocess  # noqa: F401
    import tempfile  # noqa: F401


@dataclass(slots=True)
class _Watcher:
    reader: JournalReader
    journal: Journal
    again: dict[int, int] = field(default_factory=dict)
    begun: dict[int, PromiseRecord] = field(default_factory=dict)

    def pending(self) -> tuple[PromiseRecord, ...]:
        """What is still promised; what was begun in another's place, also where a full disk kept that out of the journal."""
        return tuple(self.begun.get(promise.number, promise) for promise in self.reader.read().pending)

    def until_next_s(self) -> float | None:
        """Seconds until the next lease ends; None when there is none."""
        due = [self._due(promise) for promise in self.pending() if promise.until_ns is not None]
        return max(0.0, (min(due) - time.monotonic_ns()) / 1e9) if due else None

    def end_leases(self) -> None:
        """Take back what is overdue. A failure is tried again for as long as the parent lives."""
        for promise in self.pending():
            if promise.until_ns is None or self._due(promise) > time.monotonic_ns():
                continue
            tried, outcome = take_back(promise, _LEASE_TRY_S, self.note)
            if tried is not promise:
                self.begun[promise.number] = tried
            self.again[tried.number] = time.monotonic_ns() + _LEASE_AGAIN_NS
            if outcome.done or promise.status != "failed":
                self.note(told(tried, outcome))

    def note(self, line: dict[str, Any]) -> None:
        """A disk that is full must not keep us from undoing the rest."""
        try:
            self.journal.append({**line, "by": "guard"})
        except EnvironmentFailed as error:
            sys.stderr.write(f"{line}; not journalled: {error}\n")

    def _due(self, promise: PromiseRecord) -> int:
        return max(promise.until_ns or 0, self.again.get(promise.number, 0))


class _ParentEnd:
    """Whether the parent lives: told by its end of the socket and, since a forked child may hold that, by a pidfd."""

    def __init__(self, parent_end: socket.socket, parent: int) -> None:
        self._socket = parent_end
        self._parent = parent
        self._pidfd: int | None = None

    def __enter__(self) -> _ParentEnd:
        try:
            self._pidfd = os.pidfd_open(self._parent)
        except OSError:  # an old kernel, a strict sandbox, or a parent that is gone already
            self._pidfd = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)

    def lives(self, timeout_s: float | None) -> bool:
        """Wait for a word from the parent, its end, or the time-out."""
        if os.getppid() != self._parent:
            return False
        fds = [self._socket.fileno()] + ([self._pidfd] if self._pidfd is not None else [])
        ready, _, _ = select.select(fds, [], [], timeout_s)
        if self._pidfd in ready:
            return False
        return self._socket.fileno() not in ready or bool(self._read())

    def _read(self) -> bytes:
        try:
            return self._socket.recv(4096)
        except ConnectionError:
            return b""
