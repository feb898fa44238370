"""A load process that is on time although the machine is busy, as far as the kernel lets us."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import sys
from pathlib import Path

__all__ = ["prepare_process", "raise_limits"]

_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}  # the number of the system call
_SLICE_NS = 100_000


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
    root may; anybody may ask for short slices, which newer kernels answer with a place before those that take long ones. Where neither
    helps, a busy machine shows as late arrivals. On a single core the target would starve, so not there.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return
    for thread in Path("/proc/self/task").iterdir():
        try:
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(1))
        except OSError:
            _take_short_slices(int(thread.name))


def _take_short_slices(thread: int) -> None:
    """A slice of 0.1 ms, the shortest there is (sched_setattr(2); Linux 6.12 and later, others take no note of it)."""
    number = _SCHED_SETATTR.get(os.uname().machine)
    if number is not None:
        with contextlib.suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None, use_errno=True)
            libc.syscall(number, thread, ctypes.byref(_SchedAttr(size=48, sched_runtime=_SLICE_NS)), 0)


class _SchedAttr(ctypes.Structure):
    """struct sched_attr of linux/sched/types.h, as first published: a policy of 0 is SCHED_OTHER."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("sched_policy", ctypes.c_uint32),
        ("sched_flags", ctypes.c_uint64),
        ("sched_nice", ctypes.c_int32),
        ("sched_priority", ctypes.c_uint32),
        ("sched_runtime", ctypes.c_uint64),
        ("sched_deadline", ctypes.c_uint64),
        ("sched_period", ctypes.c_uint64),
    )
