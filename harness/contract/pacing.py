"""Hooks on every generated request, in the child: how fast at most, fresh idempotency keys, and answers that never end."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import requests
import schemathesis
from schemathesis.core.rate_limit import parse_retry_after

_KEY_HEADER = "idempotency-key"
MAX_ANSWER = 32_000_000  # bytes; what is larger is not held in memory, and not judged
_WATCH_EVERY_S = 0.25


def fresh_keys() -> None:
    """A client takes a fresh Idempotency-Key for each new request (draft-ietf-httpapi-idempotency-key-header); a generator that repeats one
    with another body is rightly refused, and would blame the service for it. Only requests that are meant to be valid are touched: a
    hook that touches another makes it count as valid."""

    @schemathesis.hook
    def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
        valid = case.meta is None or case.meta.generation.mode.is_positive
        for name in case.headers if valid and case.headers else ():
            if name.lower() == _KEY_HEADER:
                case.headers[name] = uuid.uuid4().hex


def at_most(rate: float) -> None:
    """Requests per second, over all threads of this process. Not the engine's own limit: with that it would not obey Retry-After."""
    lock, due = threading.Lock(), [time.monotonic()]

    @schemathesis.hook
    def before_call(_context: Any, _case: Any, _kwargs: Any) -> None:
        with lock:
            due[0] = max(due[0], time.monotonic()) + 1 / rate
            wait = due[0] - 1 / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)


def obey_retry_after() -> None:
    """A 429 with Retry-After (RFC 9110, 10.2.3) quiets whatever this process sends: the engine waits for its own request alone, so that
    other threads, and what is sent again to confirm a finding, came too early. Waits at most as long as the engine does."""
    lock, quiet_until = threading.Lock(), [0.0]
    send = requests.Session.send

    def patient(session: requests.Session, request: Any, **named: Any) -> Any:
        while (wait := quiet_until[0] - time.monotonic()) > 0:
            time.sleep(wait)
        answer = send(session, request, **named)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            seconds = parse_retry_after(answer.headers.get("Retry-After", ""))
            with lock:
                quiet_until[0] = max(quiet_until[0], time.monotonic() + (seconds or 0.0))
        return answer

    setattr(requests.Session, "send", patient)  # noqa: B010  # mypy knows that it is a method


class EndlessAnswerError(requests.exceptions.Timeout):
    """The answer began, and did not end in time, or within what we hold in memory."""


def bound_answers(seconds: float) -> None:
    """`requests` bounds the wait for the next byte, not for the last one. This process is ours alone, so its reading is bounded where it stands:
    a watcher shuts the socket of an answer that takes longer, and one that is too large is dropped."""
    watcher = _Watcher(seconds)
    read = requests.models.Response.iter_content

    def iter_content(answer: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
        got, mine = 0, watcher.begin(answer)
        try:
            for chunk in read(answer, *arguments, **named):
                got += len(chunk)
                if got > MAX_ANSWER:
                    answer.close()
                    raise EndlessAnswerError(
                        f"The answer is over {MAX_ANSWER // 1_000_000} MB.", request=answer.request
                    )
                yield chunk
        except requests.exceptions.RequestException as error:
            if mine.late:
                raise EndlessAnswerError(
                    f"The answer did not end within {seconds:g} s.", request=answer.request
                ) from error
            raise
        finally:
            watcher.end(mine)
        if mine.late:
            raise EndlessAnswerError(f"The answer did not end within {seconds:g} s.", request=answer.request)

    setattr(requests.models.Response, "iter_content", iter_content)  # noqa: B010  # mypy knows that it is a method


class _Reading:
    __slots__ = ("answer", "late", "until")

    def __init__(self, answer: Any, until: float) -> None:
        self.answer, self.until, self.late = answer, until, False


class _Watcher:
    """One thread for all answers that are being read."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._reading: set[_Reading] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, name="answers", daemon=True).start()

    def begin(self, answer: Any) -> _Reading:
        reading = _Reading(answer, time.monotonic() + self._seconds)
        with self._lock:
            self._reading.add(reading)
        return reading

    def end(self, reading: _Reading) -> None:
        with self._lock:
            self._reading.discard(reading)

    def _watch(self) -> None:
        while True:
            time.sleep(_WATCH_EVERY_S)
            now = time.monotonic()
            with self._lock:
                late = [one for one in self._reading if now > one.until and not one.late]
            for one in late:
                one.late = True
                _shut(one.answer)


def _shut(answer: Any) -> None:
    """Wake the reader: closing would wait for it, shutting the socket down does not."""
    connection = getattr(answer.raw, "_connection", None) or getattr(answer.raw, "connection", None)
    sock = getattr(connection, "sock", None)
    if sock is None:
        return
    try:
        sock.shutdown(2)
    except OSError:
        return
