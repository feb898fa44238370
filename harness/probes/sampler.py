"""Asks every probe through a run, on the run's clock, each in a thread of its own: one that is slow keeps no other from being asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from math import floor, isnan

from harness.errors import ProbeSilent
from harness.model import Probe, Sample
from harness.probes.asker import Ask

__all__ = ["Clock", "Sampler"]

Clock = Callable[[], int]
"""Nanoseconds since zero; negative before it."""

_LAST_S = 0.5  # beyond a probe's time-out, for its last words


class Sampler:
    """`emit` takes each sample, from our threads. A sample that would be due while the one before is still asked for is left out."""

    def __init__(self, asks: Mapping[str, tuple[Probe, Ask]], emit: Callable[[Sample], None]) -> None:
        self._asks = asks
        self._emit = emit
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def try_once(self) -> dict[str, str]:
        """Ask each once; the reasons of those that have no number."""
        silent = {}
        for name, (_, ask) in self._asks.items():
            value, why = _asked(ask)
            if value is None:
                silent[name] = why
        return silent

    def start(self, now_ns: Clock) -> None:
        """Begin at zero."""
        for name, (probe, ask) in self._asks.items():
            thread = threading.Thread(target=self._run, args=(probe, ask, now_ns), name=f"probe {name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Ask no more, and wait for what is under way. Doing it twice is harmless."""
        self._stopping.set()
        for thread, (probe, _) in zip(self._threads, self._asks.values(), strict=False):
            thread.join(probe.timeout + _LAST_S)

    def _run(self, probe: Probe, ask: Ask, now_ns: Clock) -> None:
        turn = 0
        while not self._stopping.wait(max(0.0, turn * probe.every - now_ns() / 1e9)):
            at = now_ns()
            value, why = _asked(ask)
            self._emit(Sample(t_ns=at, probe=probe.name, value=value, error=why, took_ns=now_ns() - at))
            turn = max(turn + 1, floor(now_ns() / 1e9 / probe.every) + 1)


def _asked(ask: Ask) -> tuple[float | None, str]:
    try:
        value = ask()
    except ProbeSilent as error:
        return None, error.what
    except Exception as error:  # noqa: BLE001  # a thread that dies silently would leave a gap that nobody can explain
        return None, f"{type(error).__name__}: {error}"
    return (None, "it said NaN") if isnan(value) else (value, "")
