"""A connection that goes on by itself: while its user's greenlet waits, each answer is read and the next request sent in the loop."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from math import inf
from typing import Protocol

from greenlet import getcurrent

from harness.load.fast.connection import CHUNK, LATE, Connection
from harness.load.fast.failures import ClosedEarly
from harness.load.fast.prepared import Origin

__all__ = ["OVER", "Talk", "TalkingConnection"]

OVER = object()  # the talk has ended, and nothing is under way
_UNSENT = object()  # part of a request is still to be sent, and there is no room for it

Woken = object | None
"""What the greenlet is woken with: the bytes of an answer that it shall look at itself, what was raised, or one of the above. None lets
it sleep."""


class Talk(Protocol):
    """Whoever decides, in the loop, how a talk goes on: by `say`, by `rest`, or by waking the greenlet."""

    def heard(self, data: bytes) -> Woken:
        """A whole answer came, in one piece, and the connection may be used again."""


class TalkingConnection(Connection):
    """As Connection, and `converse`. A request of a talk costs no switch of greenlets."""

    def __init__(self, origin: Origin, context: ssl.SSLContext | None, deadline: float) -> None:
        self.origin = origin
        self._talk: Talk | None = None
        self._resting = False
        self._unsent = b""
        super().__init__(origin, context, deadline)

    @property
    def talks(self) -> bool:
        """Whether it can: a TLS record may hold more than was read, so that there is no waiting in the loop for it."""
        return not self._tls

    def converse(self, wire: bytes, deadline: float, talk: Talk) -> bytes | None:
        """As `exchange`, and on and on, until `talk` ends it (None) or leaves an answer to the caller, whose beginning is returned.

        Raises what `exchange` raises, for the request that is then under way, and what `talk` raises.
        """
        self._begin(deadline)
        self._write(wire)
        self._talk = talk
        try:
            woken = self._listen()
        finally:
            self._talk = None
            self._resting = False
        if woken is None:
            return None
        if not woken:
            raise ClosedEarly("the server closed the connection without an answer")
        return woken if self._complete else self._rest(woken)

    def say(self, wire: bytes, deadline: float) -> Woken:
        """Send the next request. For `heard`, and to `go_on` after a rest."""
        self.used = True
        self._resting = False
        self._begin(deadline)
        if self._timer is None or deadline < self._timer_at:
            self._set_timer()
        try:
            sent = self._send(wire)
        except BlockingIOError:
            sent = 0
        if sent == len(wire):
            return None
        self._unsent = wire[sent:]
        return _UNSENT

    def rest(self) -> Woken:
        """Nothing to send for now. Should the server say anything meanwhile, or close, the talk is over."""
        self._resting = True
        self._deadline = inf
        return None

    def go_on(self, step: Callable[[], Woken]) -> None:
        """After a rest, in any greenlet: do it now; what it returns or raises wakes the greenlet of the talk in its turn."""
        woken = _outcome(step)
        if woken is not None:
            self._loop.run_callback(self._wake, self._talk, woken)

    def _wake(self, talk: Talk, woken: Woken) -> None:
        if self._talk is talk and self._waiter is not None:
            self._waiter.switch(woken)

    def _listen(self) -> bytes | None:
        while True:
            self._be_ready()
            self._waiter = getcurrent()
            try:
                woken = self._pause()
            finally:
                self._waiter = None
            if woken is OVER:
                return None
            if woken is _UNSENT:
                unsent, self._unsent = self._unsent, b""
                self._write(unsent)
            elif woken is LATE:
                raise TimeoutError("the answer was not whole in time")
            elif isinstance(woken, BaseException):
                raise woken
            elif isinstance(woken, bytes):
                return woken

    def _readable(self) -> None:
        if self._talk is None or self._waiter is None:
            super()._readable()
        elif self._resting or self._unsent:
            self._io.stop()
            self._pending = True  # `alive` finds out what it was, or it is read once the request is sent
            if self._resting:
                self._waiter.switch(OVER)
        elif (woken := _outcome(self._heard)) is not None:
            self._waiter.switch(woken)

    def _heard(self) -> Woken:
        try:
            data: bytes = self._recv(CHUNK)
        except BlockingIOError:
            return None
        if data:
            self.received = True
            self._parse(data)
            if self._keep and self._complete == self._begun == 1 and self._talk is not None:
                return self._talk.heard(data)
        return data


def _outcome(step: Callable[[], Woken]) -> Woken:
    """What it returns, or raises: the latter is raised again in the greenlet."""
    try:
        return step()
    except BaseException as error:  # noqa: BLE001 # also one that ends the process is the greenlet's to hear
        return error
