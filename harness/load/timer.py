"""Waits until a moment on CLOCK_MONOTONIC inside a gevent process, to some tens of microseconds.

`gevent.sleep` counts whole loop iterations and milliseconds: 17 % of starts come over 1 ms late. A timerfd is an event like
any other, so the loop wakes when the kernel says so (timerfd_create(2)). Python has it from 3.13 on, libc always had. A processor that
slept takes some 50 µs to wake: the timer learns how long, is set that much earlier, and the last microseconds are spent looking at the clock.
In a virtual machine it takes over 1 ms now and then, since its host has lent it to somebody (0.3 to 0.7 % of wakings of a real-time process on
an idle machine; 0.0 to 0.07 % where it was kept awake): who can afford it stays awake for a moment before.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time

import gevent
from gevent.hub import get_hub

__all__ = ["Timer", "serve"]

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_NS = 1_000_000_000
_STEP_NS = 250
_MOST_LEAD_NS = 100_000
_ALONE_NS = 50_000  # one turn of the loop without anything to do takes less


def serve() -> None:
    """Let all that is ready have its turn: one round of the loop.

    `gevent.sleep(0)` is none: for up to 5 ms (gevent's switch interval) it comes back without a look at sockets and timers.
    """
    hub = get_hub()
    with hub.loop.timer(0) as last:
        last.priority = hub.loop.MINPRI  # after the sockets of the same round
        hub.wait(last)


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Timer:
    """One waiter at a time. `precise` is False where there is no timerfd and `gevent.sleep` stands in."""

    def __init__(self) -> None:
        self._fd = _timerfd()
        self._watcher = None
        if self._fd is not None:
            loop = get_hub().loop
            self._watcher = loop.io(self._fd, 1)
            self._watcher.priority = loop.MAXPRI  # before the sockets that became readable in the same turn
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._spec = _Itimerspec()
            self._lead_ns = 0

    @property
    def precise(self) -> bool:
        """Whether a timerfd keeps the time."""
        return self._watcher is not None

    def wait_until(self, at_ns: int, awake_ns: int = 0) -> None:
        """Return at `at_ns` (CLOCK_MONOTONIC), at once when it has passed. Only this greenlet waits.

        For the last `awake_ns` the process serves the others and does not sleep.
        """
        if awake_ns == 0 or not self.precise:
            self._sleep_until(at_ns)
            return
        self._sleep_until(at_ns - awake_ns)
        while time.monotonic_ns() < at_ns - _ALONE_NS:
            serve()
        while time.monotonic_ns() < at_ns:
            pass

    def _sleep_until(self, at_ns: int) -> None:
        left = at_ns - time.monotonic_ns()
        if self._watcher is None:
            if left > 0:
                gevent.sleep(left / _NS)
            return
        while left > 0:
            early_ns = at_ns - self._lead_ns if left > 2 * self._lead_ns else at_ns
            if self._woken_at(early_ns):
                self._learn(time.monotonic_ns() - early_ns)
                while time.monotonic_ns() < at_ns:  # some microseconds at most
                    pass
            left = at_ns - time.monotonic_ns()

    def _woken_at(self, at_ns: int) -> bool:
        """Whether it was the timer that woke us."""
        self._spec.value.seconds, self._spec.value.nanoseconds = divmod(at_ns, _NS)
        if self._libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(self._spec), None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        get_hub().wait(self._watcher)
        try:
            return bool(os.read(self._fd, 8))  # type: ignore[arg-type] # there is a watcher only where there is one
        except BlockingIOError:
            return False

    def _learn(self, late_ns: int) -> None:
        """Approach the delay that one waking in four stays below (a quantile by steps: Robbins & Monro 1951)."""
        step = -3 * _STEP_NS if late_ns < self._lead_ns else _STEP_NS
        self._lead_ns = min(max(0, self._lead_ns + step), _MOST_LEAD_NS)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._watcher is not None and self._fd is not None:
            self._watcher.close()
            os.close(self._fd)
            self._watcher = self._fd = None


def _timerfd() -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    # TFD_NONBLOCK and TFD_CLOEXEC equal O_NONBLOCK and O_CLOEXEC (sys/timerfd.h).
    fd = ctypes.CDLL(None, use_errno=True).timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    return int(fd) if fd >= 0 else None
