"""A load process that is on time although the machine is busy, as far as the kernel lets us."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys
from pathlib import Path

__all__ = ["prepare_process", "raise_limits"]


def raise_limits() -> None:
    """As many open connections as the system lets this user have: the soft limit is often 1,024, a pool of users has more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS calls it unlimited and refuses; then the soft limit stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def prepare_process() -> None:
    """Call it once, right before the load: keeps the collector and other processes from delaying arrivals."""
    gc.collect()
    gc.freeze()  # what is there now stays: no need to look at it again
    _go_first()


def _go_first() -> None:
    """Ask for the lowest real-time priority: on a busy machine one arrival in ten is otherwise over 1 ms late (and nice
    changes nothing there: sessions, not processes, are weighed against each other).

    Every thread gets it, since one that waits for a core while it holds the interpreter's lock would stop all others. Only
    root may; without it a busy machine shows as late arrivals. On a single core the target would starve, so not there.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(1))
