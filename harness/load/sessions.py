"""HTTP sessions of Locust's users under watch: each request reports to `Capture`, and then to whoever listens to Locust's event.

Told by shape, so that this module needs no Locust: a session has `request`, `request_event`, `base_url` and `request_name`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

from gevent import GreenletExit, getcurrent

from harness.load.capture import Call, Capture
from harness.load.plan import LoadPlan
from harness.load.pool import Seat, Turns
from harness.load.timed import TimedCapture
from harness.load.timed_agents import time_agent
from harness.load.timed_pools import time_session, timed_pools

__all__ = ["Sessions"]

_NOTHING_ASKED: Mapping[str, Any] = {}
_SPAWNED_BY = 8  # greenlets deep that a request is followed back to its user


class Sessions:
    """`forward` fires Locust's request event; `gather` takes a success instead, where it may, and says whether it did. `turns` gives
    those of a seat where users may not just go on.

    `on_request` must listen to the event: custom clients fire it themselves.
    """

    def __init__(
        self,
        plan: LoadPlan,
        capture: Capture,
        forward: Callable[..., None],
        gather: Callable[[Mapping[str, Any]], bool],
        turns: Callable[[Seat], Turns] | None,
    ) -> None:
        self._note = capture.note if isinstance(capture, TimedCapture) else None
        self._pools = timed_pools(self._note) if self._note is not None else None
        self._headers = dict(plan.headers)
        self._host = plan.host.rstrip("/")
        self._capture = capture
        self._forward = forward
        self._gather = gather
        self._turns = turns
        self._seats: dict[Any, Seat] = {}
        self._calls: dict[Any, Call] = {}
        self._forwarding: set[Any] = set()
        self._fast: WeakValueDictionary[Seat, Any] = WeakValueDictionary()  # those of users that are there

    def enter(self, greenlet: Any, seat: Seat) -> None:
        """What this greenlet sends, and those that it spawns, is that user's."""
        self._seats[greenlet] = seat

    def leave(self, greenlet: Any) -> None:
        """It ended."""
        self._seats.pop(greenlet, None)

    def watch(self, session: Any, seat: Seat) -> None:
        """Report every request of a session, and put the target's headers on it where they lack."""
        plain = session.request
        capture, calls = self._capture, self._calls
        session.request_event = _Event(self.report)
        if self._pools is not None and hasattr(session, "adapters"):
            time_session(session, self._pools)
        elif self._note is not None and hasattr(session, "client"):
            time_agent(session, self._note)

        def request(method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            whole = url if "://" in url else f"{session.base_url}{url}"
            if self._headers and self._is_target(whole):
                kwargs["headers"] = _with_defaults(kwargs.get("headers"), self._headers)
            name = kwargs.get("name") or (args[0] if args else None) or session.request_name or url
            call = capture.start(seat, method, whole, str(name), kwargs)
            greenlet = getcurrent()
            outer = calls.get(greenlet)
            calls[greenlet] = call  # what this greenlet reports meanwhile is this call
            try:
                response = plain(method, url, *args, **kwargs)
            except BaseException as error:
                capture.abandon(call, error, killed=isinstance(error, GreenletExit))
                raise
            finally:
                if outer is None:
                    del calls[greenlet]
                else:
                    calls[greenlet] = outer
            if not call.end_ns:
                capture.answered(call, response.request_meta["response"])
            return response

        session.request = request

    def watch_fast(self, session: Any, seat: Seat) -> None:
        """The same for a session of `harness.load.fast`, which has a place for a watch and for the target's headers."""
        session.watch = _Watch(self._capture, seat, self._pass_on)
        self._fast[seat] = session
        session.turns = self._turns(seat) if self._turns is not None else None
        if self._note is not None:
            session.time(self._note)
        if self._headers:
            session.aim(self._headers, self._host)

    def open_ahead(self, seats: Iterable[Seat], until: float) -> None:
        """Those of them whose client is ours have a connection ready by `until` on `perf_counter`, as many as there is time for. Not where
        connecting is measured: it is to be told of the requests that needed it."""
        for seat in seats:
            session = self._fast.get(seat)
            if session is not None and self._note is None and perf_counter() < until:
                session.open_ahead(until)

    def report(self, **meta: Any) -> None:
        """A watched session fires its event: the locustfile's verdict on a request."""
        call = self._capture.unjudged(meta.get("response")) or self._calls.get(getcurrent())
        if call is not None:
            self._capture.end(call, meta)
        if meta.get("exception") is not None or not self._gather(meta):
            self._pass_on(meta)

    def on_request(self, **meta: Any) -> None:
        """Locust's event: what we did not forward ourselves comes from a custom client."""
        greenlet = getcurrent()
        if greenlet not in self._forwarding:
            self._capture.foreign(self._seat_of(greenlet), meta)

    on_request.sees_fast_users = True  # type: ignore[attr-defined] # by their watch: no need to fire the event for it

    def _pass_on(self, meta: Mapping[str, Any]) -> None:
        """To Locust's event, as ours: it is counted already."""
        greenlet = getcurrent()
        self._forwarding.add(greenlet)
        try:
            self._forward(**meta)
        finally:
            self._forwarding.discard(greenlet)

    def _seat_of(self, greenlet: Any) -> Seat | None:
        """The user on whose behalf a greenlet runs, also where a task spawned it."""
        for _ in range(_SPAWNED_BY):
            if greenlet is None or greenlet in self._seats:
                break
            parent = getattr(greenlet, "spawning_greenlet", None)
            greenlet = parent() if parent is not None else None
        return self._seats.get(greenlet)

    def _is_target(self, url: str) -> bool:
        """Credentials go to the target alone."""
        return url == self._host or url.startswith((f"{self._host}/", f"{self._host}?"))


class _Watch:
    """What a fast session tells, straight to the capture."""

    def __init__(self, capture: Capture, seat: Seat, forward: Callable[[Mapping[str, Any]], None]) -> None:
        self._capture = capture
        self._seat = seat
        self.forward = forward
        self._start = capture.start
        self.end = capture.end_fast
        self.answered = capture.answered
        self.looks = capture.looks

    def start(self, request: Any, name: str) -> Call:
        """It is about to be sent."""
        seat = self._seat
        call = self._start(seat, request.method, request.url, name, _NOTHING_ASKED)
        call.request = request
        seat.sent = True
        return call

    def abandon(self, call: Call, error: BaseException) -> None:
        """It was cut off."""
        self._capture.abandon(call, error, killed=isinstance(error, GreenletExit))


class _Event:
    """Stands where a session keeps Locust's request event."""

    def __init__(self, report: Callable[..., None]) -> None:
        self.fire = report


def _with_defaults(given: Mapping[str, Any] | None, defaults: Mapping[str, str]) -> dict[str, Any]:
    headers = dict(given or {})
    present = {str(name).lower() for name in headers}
    headers.update({name: value for name, value in defaults.items() if name.lower() not in present})
    return headers
