"""The parent's side: promise an undo before each change, say when it was kept, close at the end."""

from __future__ import annotations

import itertools
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from harness.errors import EnvironmentFailed
from harness.guard._process_table import process_start
from harness.guard.heal import forget_finished, heal, heal_failed
from harness.guard.journal import Journal, read_journal
from harness.guard.undo import Undo, undo_to_json

__all__ = ["Guard", "Promise"]

_READY_S = 20.0  # a cold disk under a busy machine; 60 ms when warm
_REMEMBER_S = 24 * 3600.0  # what a guard did after its parent was killed
_EXIT_S = 60.0  # the guard bounds its own work far below this
_REVIVALS = 3  # of a guard that somebody killed; more is no accident


@dataclass(frozen=True, slots=True)
class Promise:
    """An undo that the guard will do unless `kept` is called."""

    undo: Undo
    number: int
    guard: Guard

    def kept(self) -> None:
        """The change was taken back. Saying so twice is harmless."""
        self.guard.tell_kept(self.number)

    def renew(self, lease_s: float) -> None:
        """Let the lease end `lease_s` seconds from now. Raises EnvironmentFailed when nobody guards it any more."""
        self.guard.renew(self.number, lease_s)


class Guard:
    """One small process beside this one that outlives it for as long as it takes to undo what was promised.

    One that is killed (by an out-of-memory killer, or somebody's `killall`) is replaced at once: the journal tells the next what was promised.
    """

    def __init__(self, journal: Journal, process: subprocess.Popen[bytes], end: socket.socket) -> None:
        self._journal = journal
        self._process = process
        self._end = end
        self._numbers: Iterator[int] = itertools.count(1)
        self._lock = threading.Lock()
        self._ready = False
        self._closed = False
        self._revived = 0
        threading.Thread(target=self._keep, name="guard", daemon=True).start()

    @classmethod
    def start(cls, journal: Path, *, name: str) -> Guard:
        """`journal` is a path that does not exist yet; `name` says whose it is. Raises EnvironmentFailed."""
        pid = os.getpid()
        forget_finished(journal.parent, before_s=time.time() - _REMEMBER_S)
        opened = Journal.create(journal.absolute(), name=name, parent=pid, parent_start=process_start(pid) or "")
        try:
            process, ours = _spawn(opened.path)
        except OSError as error:
            opened.close()
            raise EnvironmentFailed(f"The guard process could not be started: {error}.") from error
        return cls(opened, process, ours)

    @property
    def journal(self) -> Path:
        """Where the promises are written."""
        return self._journal.path

    @property
    def pid(self) -> int:
        """Of the guard process."""
        return self._process.pid

    def promise(self, undo: Undo, *, lease_s: float | None = None) -> Promise:
        """Journal `undo`; call it BEFORE the change is made. With a lease, it is done after `lease_s` seconds at the latest.

        Raises EnvironmentFailed when it cannot be journalled or nobody guards: then do not make the change.
        """
        with self._lock:
            number = next(self._numbers)
        self._await_ready()
        self._journal.append({"promise": number, "undo": undo_to_json(undo), "until_ns": _until_ns(lease_s)})
        self._poke()
        return Promise(undo, number, self)

    def renew(self, number: int, lease_s: float) -> None:
        """See `Promise.renew`."""
        self._journal.append({"promise": number, "until_ns": _until_ns(lease_s)})
        self._poke()

    def tell_kept(self, number: int) -> None:
        """See `Promise.kept`."""
        if self._closed:
            return
        try:
            # Lost with the machine's power, it costs one needless undo. A disk takes some 5 ms to be sure.
            self._journal.append({"promise": number, "status": "kept"}, durable=False)
            self._poke()
        except EnvironmentFailed:
            return  # all it costs is one needless undo: each may be done twice

    def close(self) -> None:
        """Undo what is still promised and wait for the guard's end. Raises HealFailed with what to type for the rest."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._end.close()
        try:
            self._process.wait(_EXIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._journal.close()
        pending = read_journal(self.journal).pending
        if any(promise.status == "open" for promise in pending):
            heal(self.journal)  # the guard was killed before it was done
        elif pending:
            raise heal_failed(pending)
        self.journal.unlink(missing_ok=True)
        _log_of(self.journal).unlink(missing_ok=True)

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _keep(self) -> None:
        """Wait for the guard's end, which should be after ours; replace one that ended before."""
        while True:
            process = self._process
            process.wait()
            with self._lock:
                if self._closed or not self._revive(process):
                    return

    def _revive(self, dead: subprocess.Popen[bytes]) -> bool:
        """With the lock held: whether there is another guard than the dead one, by now."""
        if self._process is not dead:
            return True
        if self._revived == _REVIVALS:
            return False
        self._revived += 1
        try:
            process, end = _spawn(self.journal)
        except OSError:
            return False
        self._end.close()
        self._process, self._end, self._ready = process, end, False
        return True

    def _await_ready(self) -> None:
        with self._lock:
            while not self._ready:
                readable, _, _ = select.select([self._end], [], [], _READY_S)
                if readable and self._said():
                    self._ready = True
                elif not readable or not self._revive(self._process):
                    raise self._gone()

    def _said(self) -> bytes:
        try:
            return self._end.recv(64)
        except OSError:
            return b""

    def _poke(self) -> None:
        """Let the guard read its journal. One that comes in place of a dead one reads it anyway."""
        with self._lock:
            process = self._process
            try:
                self._end.sendall(b".")
            except OSError as error:
                if self._closed or not self._revive(process):
                    raise self._gone() from error

    def _gone(self) -> EnvironmentFailed:
        log = _log_of(self.journal)
        said = log.read_text(errors="replace")[-2000:].strip() if log.exists() else ""
        return EnvironmentFailed(
            f"The guard process {self._process.pid}, which undoes what we change, is gone."
            + (f"\n{said}" if said else ""),
            "Nothing is changed without it. Run the command again.",
        )


def _spawn(journal: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A guard, and our end of the line to it. Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        return _started(journal, theirs), ours
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()


def _started(journal: Path, end: socket.socket) -> subprocess.Popen[bytes]:
    main = Path(__file__).with_name("__main__.py")
    with _log_of(journal).open("ab") as log:
        return subprocess.Popen(
            # Isolated and without site: nothing but the standard library is needed, and nobody's .pth slows it down.
            [sys.executable, "-I", "-S", str(main), str(journal), str(end.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=(end.fileno(),),
            start_new_session=True,
        )


def _log_of(journal: Path) -> Path:
    return journal.with_suffix(".log")


def _until_ns(lease_s: float | None) -> int | None:
    return None if lease_s is None else time.monotonic_ns() + int(lease_s * 1e9)
