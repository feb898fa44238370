"""The bundled stack takes second place while a load runs beside it, so that the load starts its arrivals on time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType

from harness.guard import process_start, tree_pids

__all__ = ["SecondPlace"]

_LAST = "19"
_EVERY_S = 2.0  # Postgres starts a process per connection
_AGAIN_S = 0.11  # the kernel takes one change in a tenth of a second from an ordinary user
_TRIES = 20


class SecondPlace:
    """A context manager that puts the trees of `leaders` (pids that lead sessions), and what they start meanwhile, after other
    sessions. They stay there to their end, where only work that nobody waits for could be disturbed.

    For ordinary users on Linux, where each session is weighed as a whole (autogroups: sched(7)), so that the nice value of a
    process changes nothing between sessions. A load that may take a real-time priority (root's, outside most containers) needs none of
    this; where the kernel has no autogroups, or systemd weighs processes in its own groups, nothing is changed. Raises nothing.
    """

    def __init__(self, leaders: Callable[[], Collection[int]], *, proc: Path = Path("/proc")) -> None:
        self._leaders = leaders
        self._proc = proc
        self._seen: set[int] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="second-place", daemon=True)

    def __enter__(self) -> SecondPlace:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _keep_up(self) -> None:
        if not (self._proc / "self/autogroup").exists() or _may_go_first():
            return
        while not self._over.is_set():
            for pid in self._new():
                self._seen.add(pid)
                self._put_last(pid)
            self._over.wait(_EVERY_S)

    def _new(self) -> list[int]:
        pids = (pid for leader in self._leaders() for pid in tree_pids(leader, process_start(leader) or ""))
        return [pid for pid in pids if pid not in self._seen]

    def _put_last(self, pid: int) -> None:
        for _ in range(_TRIES):
            if self._over.is_set():
                return
            try:
                (self._proc / str(pid) / "autogroup").write_text(_LAST)
            except BlockingIOError:  # EAGAIN
                self._over.wait(_AGAIN_S)
            except OSError:  # it has ended, or is not ours
                return
            else:
                return


def _may_go_first() -> bool:
    """Whether this user's load gets a real-time priority: tried on this thread, which then ends."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        return False
    return True
