"""What a load process tells its run while it works: windows and observations every 250 ms, then also what waits where that
changed; its own health every second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import gevent

from harness.load.link import Link
from harness.load.messages import (
    Backlog,
    Health,
    Observed,
    encoded,
    encoded_failures,
    encoded_samples,
    encoded_timings,
    encoded_windows,
)
from harness.load.phases import Phases
from harness.load.recorder import Recorder
from harness.model.observer import Observer

__all__ = ["Reporter"]

_FLUSH_S = 0.25
_FLUSHES_PER_HEALTH = 4


class Reporter:
    """`figures` gives the load's own counters by the names of `Health`; `zero_ns` is the run's zero on CLOCK_MONOTONIC; `reports` counts the
    windows that were sent."""

    def __init__(
        self,
        link: Link,
        recorder: Recorder,
        observers: Sequence[Observer],
        figures: Callable[[], dict[str, int]],
        zero_ns: int,
        precise: bool,
        phases: Phases | None = None,
    ) -> None:
        self._phases = phases
        self._link = link
        self._recorder = recorder
        self._observers = observers
        self._figures = figures
        self._zero_ns = zero_ns
        self._precise = precise
        self._sampled = (time.monotonic(), time.process_time())
        self._backlog = Backlog(queued=0, dropped=0)
        self.reports = 0

    def keep_reporting(self) -> None:
        """A greenlet's work, until it is killed."""
        flushes = 0
        while True:
            gevent.sleep(_FLUSH_S)
            self.flush()
            flushes += 1
            if flushes % _FLUSHES_PER_HEALTH == 0:
                self.say_health()

    def flush(self) -> None:
        """Send what was counted and observed since the last time."""
        if rows := self._recorder.drain():
            self.reports += 1
            self._link.send(encoded_windows(self.reports, rows))
        if (
            failures := self._recorder.drain_failures()
        ):  # after their windows: a run that is cut off has no text without its request
            self._link.send(encoded_failures(failures))
        if (samples := self._recorder.drain_samples())[0]:
            self._link.send(encoded_samples(samples))
        if self._phases is not None and (timings := self._phases.drain()):
            self._link.send(encoded_timings(timings))
        for observer in self._observers:
            if learnt := observer.drain():
                self._link.send(encoded(Observed(observer=observer.name, rows=tuple(learnt))))

        self._say_backlog()

    def _say_backlog(self) -> None:
        figures = self._figures()
        now = Backlog(queued=figures["queued"], dropped=figures["dropped"])
        if now != self._backlog:
            self._backlog = now
            self._link.send(encoded(now))

    def say_health(self) -> None:
        """Send how this process is."""
        wall, used = time.monotonic(), time.process_time()
        interval, cpu = wall - self._sampled[0], used - self._sampled[1]
        self._sampled = (wall, used)
        health = Health(
            at_ns=time.monotonic_ns() - self._zero_ns,
            interval_s=interval,
            cpu=cpu / interval if interval > 0 else 0.0,
            requests=self._recorder.ended.total(),
            precise=self._precise,
            **self._figures(),
        )
        self._link.send(encoded(health))
