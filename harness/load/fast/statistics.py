"""Locust's own statistics, kept in batches: its listener costs more than a whole request of ours.

As long as nobody but Locust's statistics listens to `events.request`, successes are gathered and added to its entries ten
times a second, and before anyone is told that a test stops, a report is due or the process quits. As soon as anybody else
listens, and for every failure, the event fires as ever.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import gevent
import locust.stats

__all__ = ["Statistics"]

_EVERY_S = 0.1
_LOCUSTS = locust.stats.bucket_response_time
_ATTRIBUTE = "_harness_statistics"


class Statistics:
    """One per Locust environment: get it by `of`."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._event = environment.events.request
        self._seen: list[Any] = [self]  # unlike any list of listeners
        self._gathers = False
        self._batch: dict[tuple[str, str], tuple[list[float], list[int]]] = {}
        events = environment.events
        for event in (events.spawning_complete, events.test_stop, events.quitting, events.report_to_master):
            handlers = event._handlers  # noqa: SLF001 # ours must come first, whichever way round it fires
            handlers.insert(0, self._on_event)
            handlers.append(self._on_event)
        gevent.spawn(self._keep_flushing)

    @classmethod
    def of(cls, environment: Any) -> Statistics:
        """The one of that environment."""
        found = vars(environment).get(_ATTRIBUTE)
        if not isinstance(found, cls):
            found = cls(environment)
            setattr(environment, _ATTRIBUTE, found)
        return found

    def takes(self) -> bool:
        """Whether a success need not fire the event: `add` it instead."""
        handlers = self._event._handlers  # noqa: SLF001
        if handlers != self._seen:
            self._seen = handlers.copy()
            self._gathers = all(
                _is_locusts(handler) or getattr(handler, "sees_fast_users", False) for handler in handlers
            )
        return self._gathers

    def gather(self, meta: Mapping[str, Any]) -> bool:
        """Take a success that is about to be fired as an event. False where the event must fire after all."""
        if not self.takes() or meta.get("response_time") is None:
            return False
        self.add(meta["request_type"], meta["name"], meta["response_time"], meta["response_length"])
        return True

    def add(self, method: str, name: str, milliseconds: float, length: int) -> None:
        """One success."""
        cell = self._batch.get((name, method))
        if cell is None:
            cell = self._batch[name, method] = [], []
        cell[0].append(milliseconds)
        cell[1].append(length)

    def flush(self) -> None:
        """Add what was gathered to Locust's entries."""
        batch, self._batch = self._batch, {}
        if not any(_is_locusts(handler) for handler in self._seen):
            return  # no runner: nobody counts
        stats = self._environment.stats
        for key, (times, lengths) in batch.items():
            buckets = Counter(map(_bucketing(times), times))
            for entry in (stats.total, stats.entries[key]):
                _add(entry, times, sum(lengths), buckets)

    def _keep_flushing(self) -> None:
        while True:
            gevent.sleep(_EVERY_S)
            if self._batch:
                self.flush()

    def _on_event(self, **_: Any) -> None:
        self.flush()


def _add(entry: Any, times: list[float], length: int, buckets: Counter[int]) -> None:
    """What StatsEntry.log does, for many at once (locust/stats.py of 2.47)."""
    now = time.time()
    second = int(now)
    if entry.use_response_times_cache and entry.last_request_timestamp and second > int(entry.last_request_timestamp):
        entry._cache_response_times(second - 1)  # noqa: SLF001
    entry.num_requests += len(times)
    entry.num_reqs_per_sec[second] += len(times)
    entry.last_request_timestamp = now
    entry.total_response_time += sum(times)
    low, high = min(times), max(times)
    entry.min_response_time = low if entry.min_response_time is None else min(entry.min_response_time, low)
    entry.max_response_time = max(entry.max_response_time, high)
    for bucket, count in buckets.items():
        entry.response_times[bucket] += count
    entry.total_content_length += length


def _bucketing(times: list[float]) -> Callable[[float], int]:
    """Locust's rounding, which a locustfile may have replaced; below 100 ms its own is `round`, and that needs no Python code."""
    found: Callable[[float], int] = locust.stats.bucket_response_time
    return round if found is _LOCUSTS and max(times) < 100 else found


def _is_locusts(handler: Any) -> bool:
    return (
        getattr(handler, "__module__", "") == "locust.runners"
        and getattr(handler, "__qualname__", "") == "Runner.__init__.<locals>.on_request"
    )
