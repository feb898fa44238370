"""Requests of one user that go out one after the other without waking its greenlet, while their answers are ordinary."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from harness.load.fast.prepared import Prepared
from harness.load.fast.talking import OVER, TalkingConnection, Woken
from harness.load.head import END

if TYPE_CHECKING:
    from harness.load.fast.session import FastSession

__all__ = ["Streak", "Turns"]

_SHORT = 1024  # bytes; to look through some of the body costs less than to cut it off


class Turns(Protocol):
    """Who says when a user may go on to its next iteration."""

    def begins(self, waiter: Any) -> bool:
        """The last iteration ended; whether the next one has begun. If not, `waiter.go()` is called once it has."""

    def wait_no_more(self) -> bool:
        """`waiter` will not go on: whether an iteration has begun nevertheless."""


class Streak:
    """`request`, `call`, `begun` and `until` (both on `perf_counter`) are of what is under way; `request` is None in between.
    `draw` gives what is next, or None.

    What was drawn and cannot go over this connection is `left`.
    """

    __slots__ = (
        "_connection",
        "_counts",
        "_draw",
        "_patience",
        "_start",
        "_turns",
        "_waits",
        "begun",
        "call",
        "left",
        "request",
        "until",
    )

    def __init__(self, session: FastSession, draw: Callable[[], Prepared | None], turns: Turns | None) -> None:
        self._counts = session.counts
        self._start = session.watch.start if session.watch is not None else None
        self._patience = session.network_timeout
        self._draw = draw
        self._turns = turns
        self._connection: TalkingConnection | None = None
        self._waits = False
        self.left: Prepared | None = None
        self.request: Prepared | None = None
        self.call: Any = None
        self.begun = self.until = 0.0

    def begin(self, request: Prepared) -> None:
        """It is about to be sent."""
        self.request = request
        self.call = self._start(request, request.name) if self._start is not None else None
        self.begun = begun = perf_counter()
        self.until = begun + self._patience

    def over(self, connection: TalkingConnection) -> None:
        """Take this connection: the talk begins."""
        self._connection = connection

    def heard(self, data: bytes) -> Woken:
        """An answer with nothing to it but its figures is counted here, and the next request sent."""
        connection, request = self._connection, self.request
        assert connection is not None
        assert request is not None
        low = (data if len(data) < _SHORT else data[: data.find(END)]).lower()
        if not 200 <= connection.status < 300 or b"\r\nset-cookie:" in low or b"\r\ncontent-encoding:" in low:
            return data
        if not self._counts(request, connection.status, data, connection.parts, self.call, self.begun):
            return data
        self.request = self.call = None
        if self._turns is not None and not self._turns.begins(self):
            self._waits = True
            return connection.rest()
        return self._next()

    def go(self) -> None:
        """From any greenlet: the next iteration has begun."""
        if self._waits and self._connection is not None:
            self._waits = False
            self._connection.go_on(self._next)

    def end(self) -> bool:
        """The talk is over, however it ended. Whether an iteration has begun nevertheless, for which nothing was drawn yet."""
        self._connection = None
        waits, self._waits = self._waits, False
        return waits and self._turns is not None and self._turns.wait_no_more()

    def _next(self) -> Woken:
        connection, request = self._connection, self._draw()
        assert connection is not None
        if request is None:
            return OVER
        if request.origin is not connection.origin and request.origin != connection.origin:
            self.left = request
            return OVER
        self.begin(request)
        return connection.say(request.wire, self.until)
