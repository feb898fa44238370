"""Every request from its start to its verdict: stamps, operation, outcome; to the recorder and the observers. Imports no client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.load.exchange import Shown
from harness.load.outcomes import outcome_of, starved_of
from harness.load.pool import Seat
from harness.load.recorder import Recorder
from harness.load.wording import Wording
from harness.model.observer import Observer
from harness.model.operation import Operations
from harness.model.window import WIDTH_NS, Outcome

if TYPE_CHECKING:
    from harness.model.phase import Phase

__all__ = ["Call", "Capture", "NotSent"]

_MOST_NAMES = 10_000
_OK, _TRANSPORT = Outcome.OK, Outcome.TRANSPORT  # looked up once: in an Enum of 3.11 each look-up runs Python code


class NotSent(Exception):  # says what happened to a request that its with-block left without a verdict
    """The locustfile raised before it judged the answer."""


class Call:
    """One request under way. Stamps are on CLOCK_MONOTONIC; `intended` is 0 ns late unless it opens an arrival.

    `request` is what goes out, where the client shows it before the answer is there; `phases` is there only in a `TimedCapture`.
    """

    start_ns = intended_ns = end_ns = 0
    stage = ""
    response: Any = None
    request: Any = None
    if TYPE_CHECKING:
        phases: list[tuple[Phase, int]] = []

    def __init__(self, seat: Seat | None, method: str, url: str, name: str, asked: Mapping[str, Any]) -> None:
        self.seat = seat
        self.method = method
        self.url = url
        self.name = name
        self.asked = asked


class Capture:
    """Before zero (`zero_ns` is None) and after `close`, requests pass unrecorded: they are no part of the load."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        stage_at: Callable[[float], str],
        operations: Operations,
        recorder: Recorder,
        observers: Sequence[Observer],
        worker: int,
        wording: Wording | None = None,
    ) -> None:
        self._wording = wording or Wording()
        self._clock = clock
        self._stage_at = stage_at
        self._operations = operations
        self._recorder = recorder
        self._observers = tuple(observers)
        self.looks = bool(self._observers)  # whether anybody wants to see the answers themselves
        self._worker = worker
        self._open: set[Call] = set()
        self._unjudged: dict[int, Call] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._stage = ""  # from `_stage_from` on, to before `_stage_to`, on the capture's clock
        self._stage_from = self._stage_to = 0
        self.zero_ns: int | None = None
        self.starved: Counter[str] = Counter()
        self._closed = False

    @property
    def open(self) -> int:
        """Requests without an answer yet."""
        return len(self._open)

    def start(self, seat: Seat | None, method: str, url: str, name: str, asked: Mapping[str, Any]) -> Call:
        """A request is about to be sent. The first one of an arrival carries its intended start.

        `asked` are the options of the locustfile's call; `name` is how Locust will call it.
        """
        call = Call(seat, method, url, name, asked)
        self._open.add(call)
        call.start_ns = self._clock()
        self._place(call)
        return call

    def answered(self, call: Call, response: Any) -> None:
        """The answer is there, and the locustfile will judge it in a with-block."""
        call.end_ns = self._clock()
        self._open.discard(call)
        call.response = response
        if call.seat is not None:
            self._unjudged[id(response)] = call

    def unjudged(self, response: Any) -> Call | None:
        """The call that got this response and awaits its verdict."""
        return self._unjudged.pop(id(response), None) if self._unjudged else None

    def end(self, call: Call, meta: Mapping[str, Any]) -> None:
        """Locust reports the request: its verdict is final."""
        if not call.end_ns:
            call.end_ns = self._clock()
            if call not in self._open:
                return  # counted as unanswered a moment ago
            self._open.discard(call)
        response = meta.get("response")
        exception = meta.get("exception")
        status = _status(response, exception)
        outcome = _OK if exception is None else outcome_of(status, exception, getattr(response, "error", None))
        call.url = meta.get("url") or call.url
        call.name = str(meta.get("name") or call.name)
        self._record(call, outcome, status, int(meta.get("response_length") or 0), response, exception)

    def end_fast(self, call: Call, answer: Any, error: BaseException | None, length: int) -> None:
        """The same for a client of `harness.load.fast`, which needs no event: `error` is None for a success, whose answer may stay away
        (None) where nobody `looks`."""
        if not call.end_ns:
            call.end_ns = end = self._clock()
            if call not in self._open:
                return  # counted as unanswered a moment ago
            self._open.discard(call)
            if error is None and not self.looks:
                self._count(call, end, length)
                return
        elif self.unjudged(answer) is None:
            return  # its iteration was counted without a verdict
        status = answer.status_code
        outcome = _OK if error is None else outcome_of(status, error, answer.error)
        self._record(call, outcome, status, length, answer, error)

    def foreign(self, seat: Seat | None, meta: Mapping[str, Any]) -> None:
        """A custom client reports a request of its own: it ended now and took what it says."""
        name = str(meta.get("name") or "")
        call = Call(seat, str(meta.get("request_type") or ""), str(meta.get("url") or ""), name, {})
        call.end_ns = self._clock()
        call.start_ns = call.end_ns - int((meta.get("response_time") or 0) * 1e6)
        self._place(call)
        self._open.add(call)
        self.end(call, meta)
        self._open.discard(call)

    def abandon(self, call: Call, error: BaseException, *, killed: bool) -> None:
        """The client raised instead of reporting: the user was killed while it waited, or the call could not be made."""
        if call not in self._open:
            return
        self._open.discard(call)
        call.end_ns = self._clock()
        self._record(call, Outcome.UNANSWERED if killed else outcome_of(0, error), 0, 0, None, error)

    def iteration_ended(self, seat: Seat, *, raised: bool) -> None:
        """Answers whose with-block gave no verdict: it raised (Locust reports nothing then), or was never entered."""
        left = [key for key, call in self._unjudged.items() if call.seat is seat] if self._unjudged else ()
        for key in left:
            call = self._unjudged.pop(key)
            status = _status(call.response, None)
            error = NotSent("the task raised before it judged the answer") if raised else None
            outcome = Outcome.FAILED if raised and status < 500 else _by_status(call.response, status)
            self._record(call, outcome, status, 0, call.response, error)

    def raised(self, seat: Seat, error: BaseException) -> None:
        """The task raised: the answers it did not judge have failed, and so has the iteration, whatever became of its requests."""
        self.iteration_ended(seat, raised=True)
        was_told, seat.failed = seat.failed, seat.arrival is not None  # users of the closed model begin no arrival anew
        zero, now = self.zero_ns, self._clock()
        if was_told or zero is None or self._closed:
            return
        text = self._wording.of(error, 0)
        if seat.arrival is not None:
            due = seat.arrival.due_ns
            self._recorder.add_raised(due, seat.arrival.stage, now - zero - due, text)
        elif stage := self._stage_of(now, zero):
            self._recorder.add_raised(now - zero, stage, None, text)

    def close(self) -> None:
        """The stop: what is open now is unanswered, with the time waited; what comes later is not recorded."""
        now = self._clock()
        for call in list(self._open):
            call.end_ns = now
            self._record(call, Outcome.UNANSWERED, 0, 0, None, None)
        self._open.clear()
        for seat in {call.seat for call in self._unjudged.values() if call.seat is not None}:
            self.iteration_ended(seat, raised=False)
        self._closed = True

    def _place(self, call: Call) -> None:
        """Give it its intended start and stage."""
        zero = self.zero_ns
        if zero is None:
            return
        seat = call.seat
        call.intended_ns = now = call.start_ns
        if seat is not None and seat.arrival is not None:
            seat.requests += 1
            if not seat.begun:
                seat.begun = True
                call.intended_ns = zero + seat.arrival.due_ns
                call.stage = seat.arrival.stage
                return
        call.stage = self._stage if self._stage_from <= now < self._stage_to else self._stage_of(now, zero)

    def _stage_of(self, at_ns: int, zero_ns: int) -> str:
        """The stage at a moment; looked up once for a window that lies in one stage."""
        window = (at_ns - zero_ns) // WIDTH_NS
        first, last = (self._stage_at(ns / 1e9) for ns in (window * WIDTH_NS, (window + 1) * WIDTH_NS - 1))
        if first != last:
            return self._stage_at((at_ns - zero_ns) / 1e9)
        self._stage, self._stage_from = first, zero_ns + window * WIDTH_NS
        self._stage_to = self._stage_from + WIDTH_NS
        return first

    def _operation(self, call: Call) -> str:
        """Looked up once for each kind."""
        known = self._names.get((call.method, call.url, call.name))
        if known is not None:
            return known
        path = _path(call.url or call.name)
        found = self._operations.match(call.method, path) if path.startswith("/") else None
        if len(self._names) >= _MOST_NAMES:  # ids in paths: bound the memory
            self._names.clear()
        name = self._names[call.method, call.url, call.name] = found.name if found else call.name
        return name

    def _count(self, call: Call, end: int, size: int) -> None:
        """What `_record` does with a success that nobody looks at."""
        zero, intended, start = self.zero_ns, call.intended_ns, call.start_ns
        if zero is None or self._closed or start < zero or not call.stage:
            return
        name = self._names.get((call.method, call.url, call.name)) or self._operation(call)
        self._recorder.add(intended - zero, name, _OK, call.stage, size, end - intended, end - start)

    def _record(
        self, call: Call, outcome: Outcome, status: int, size: int, response: Any, error: BaseException | None
    ) -> bool:
        """Whether it counts."""
        seat, zero = call.seat, self.zero_ns
        if seat is not None and outcome.is_error:
            seat.failed = True
        # A request that began before zero belongs to an `on_start`.
        if zero is None or self._closed or call.start_ns < zero or not call.stage:
            return False
        if outcome is _TRANSPORT:
            self._note_hunger(response, error)
        name = self._names.get((call.method, call.url, call.name)) or self._operation(call)
        latency = call.end_ns - call.intended_ns
        self._recorder.add(
            call.intended_ns - zero, name, outcome, call.stage, size, latency, call.end_ns - call.start_ns
        )
        if error is not None and outcome.is_error:
            text = self._wording.of(error, status)
            self._recorder.add_failure(call.intended_ns - zero, name, outcome, text)
        if self._observers:
            self._show(call, name, outcome, status, response, error)
        return True

    def _note_hunger(self, response: Any, error: BaseException | None) -> None:
        for one in (error, getattr(response, "error", None)):
            if one is not None and (what := starved_of(one)):
                self.starved[what] += 1
                return

    def _show(
        self, call: Call, name: str, outcome: Outcome, status: int, response: Any, error: BaseException | None
    ) -> None:
        zero = self.zero_ns or 0
        if response is None and call.request is not None:
            response = call  # has the request, and nothing of an answer
        said = str(error)[:500] if error is not None else ""
        exchange = Shown(name, call, outcome, status, response, said, self._process(call.seat, status, outcome), zero)
        for observer in self._observers:
            observer.saw(exchange)

    def _process(self, seat: Seat | None, status: int, outcome: Outcome) -> str:
        """The logical process; a new one follows an answer that left the effect open (as Jepsen's clients do)."""
        if seat is None:
            return f"{self._worker}-"
        label = seat.label
        if not label:
            label = seat.label = f"{self._worker}-{seat.number}.{seat.turn}"
        if (status == 0 or status >= 500) and outcome is not Outcome.REFUSED:
            seat.turn += 1
            seat.label = ""
        return label


def _status(response: Any, exception: Any) -> int:
    status = getattr(response, "status_code", 0)
    if isinstance(status, int) and status:
        return status
    code = getattr(exception, "code", 0)
    return code if isinstance(code, int) and 100 <= code < 600 else 0


def _by_status(response: Any, status: int) -> Outcome:
    if status >= 500:
        return Outcome.SERVER_ERROR
    if status >= 400:
        return Outcome.CLIENT_ERROR
    return _OK if status else outcome_of(0, getattr(response, "error", None) or ConnectionResetError())


def _path(url: str) -> str:
    """The path of an absolute or relative URL, without its query; cheaper than urlsplit."""
    start = url.find("://")
    if start < 0:
        path = url
    else:
        slash = url.find("/", start + 3)
        path = url[slash:] if slash >= 0 else "/"
    return path.partition("?")[0].partition("#")[0]
