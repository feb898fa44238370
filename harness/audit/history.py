"""What clients were told: one event per request that asked for an effect, after Jepsen's histories.

Types (jepsen-io/jepsen, `checker.clj`): *ok*, it surely happened; *fail*, it surely did not; *info*, the client cannot know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.observer import Exchange
from harness.model.window import Outcome


class Told(StrEnum):
    """What the answer said of the effect."""

    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One request of kind `f` under `key`. Stamps are ns since zero; `value` is what was asked for, small and without secrets."""

    process: str
    type: Told
    f: str
    key: str
    status: int
    invoke_ns: int
    complete_ns: int
    path: str = ""
    value: str = ""
    error: str = ""
    operation: str = ""
    method: str = "POST"


def told_by(exchange: Exchange) -> Told:
    """2xx is ok. A 4xx or a refused connection is fail: nothing was done. All else leaves it open."""
    if 200 <= exchange.status < 300:
        return Told.OK
    if 400 <= exchange.status < 500 or exchange.outcome in (Outcome.REFUSED, Outcome.DROPPED):
        return Told.FAIL
    return Told.INFO


@dataclass(frozen=True, slots=True)
class History:
    """All events of a run. `run` is the prefix that every key of this run carries."""

    run: str
    events: tuple[Event, ...] = field(default=())

    def of(self, *kinds: str) -> tuple[Event, ...]:
        """The events of some kinds, in order of invocation."""
        return tuple(sorted((e for e in self.events if e.f in kinds), key=lambda e: e.invoke_ns))

    def by_key(self, kind: str) -> dict[str, Told]:
        """The last word on each key: any ok makes it ok, else any info leaves it open, else it failed.

        Several requests under one key are retries of one intent.
        """
        words: dict[str, Told] = {}
        for event in self.of(kind):
            words[event.key] = _stronger(words.get(event.key, Told.FAIL), event.type)
        return words

    def first(self, kind: str, key: str) -> Event | None:
        """The first request under a key."""
        return next((event for event in self.of(kind) if event.key == key), None)

    def owns(self, key: str) -> bool:
        """Whether a key was made by this run, its row recorded or lost with a worker."""
        return key.startswith(f"{self.run}-")


def _stronger(a: Told, b: Told) -> Told:
    order = (Told.OK, Told.INFO, Told.FAIL)
    return a if order.index(a) <= order.index(b) else b


def history_of(run: str, rows: Iterable[dict[str, object]]) -> History:
    """From rows as the recorder drained them."""
    return History(run, tuple(_event(row) for row in rows))


def _event(row: dict[str, object]) -> Event:
    return Event(
        process=str(row["process"]),
        type=Told(str(row["type"])),
        f=str(row["f"]),
        key=str(row["key"]),
        status=int(str(row["status"])),
        invoke_ns=int(str(row["invoke_ns"])),
        complete_ns=int(str(row["complete_ns"])),
        path=str(row["path"]),
        value=str(row["value"]),
        error=str(row["error"]),
        operation=str(row["operation"]),
        method=str(row["method"]),
    )
