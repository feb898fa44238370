"""Many requests at once, for a moment: until the service says that they are too many (429)."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.contract.statuses.witness import Answer, Request
from harness.model.target import Target

CONNECTIONS = 8
MOST = 1_500  # requests
SECONDS = 2.2  # so that a window of a second is wholly within
TOO_MANY = 429
_READ_MOST = 256_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What was asked, the first 429 of each operation, and how fast it was."""

    answers: tuple[tuple[Request, Answer], ...]
    sent: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.sent / self.seconds if self.seconds else 0.0

    @property
    def retry_after_s(self) -> float:
        """The longest that was asked for, 0 where none was."""
        return max((_seconds(answer.headers) for _, answer in self.answers), default=0.0)


def burst(target: Target, requests: Sequence[Request], *, seconds: float = SECONDS) -> Burst:
    """Each operation's request in turn, over a few connections, until each had its 429, or the bound is met.

    After its own first 429 an operation is not asked any more. `requests` are one an operation, and change nothing.
    """
    shared = _Shared(deque(requests), time.monotonic() + seconds)
    began = time.monotonic()
    threads = [threading.Thread(target=_ask, args=(target, shared), name="burst") for _ in range(CONNECTIONS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return Burst(answers=tuple(shared.limited.values()), sent=shared.sent, seconds=time.monotonic() - began)


class _Shared:
    def __init__(self, waiting: deque[Request], until: float) -> None:
        self._waiting, self._until, self._lock = waiting, until, threading.Lock()
        self.limited: dict[str, tuple[Request, Answer]] = {}
        self.sent = 0

    def next(self) -> Request | None:
        with self._lock:
            if not self._waiting or self.sent >= MOST or time.monotonic() > self._until:
                return None
            self.sent += 1
            request = self._waiting.popleft()
            self._waiting.append(request)
            return request

    def told(self, request: Request, answer: Answer) -> None:
        if answer.status != TOO_MANY:
            return
        with self._lock:
            self.limited.setdefault(request.operation, (request, answer))
            self._waiting = deque(one for one in self._waiting if one.operation != request.operation)


def _ask(target: Target, shared: _Shared) -> None:
    connection = None
    while (request := shared.next()) is not None:
        parts = urlsplit(request.url)
        try:
            connection = connection or _connect(target, parts.scheme, parts.netloc)
            place = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(request.method, place, body=request.body or None, headers=dict(request.headers))
            got = connection.getresponse()
            answer = Answer(status=got.status, headers=dict(_lower(got.getheaders())), body=got.read(_READ_MOST))
            if got.read(1):
                connection.close()
                connection = None
        except (OSError, http.client.HTTPException, ValueError):
            if connection is not None:
                connection.close()
            connection = None
            continue
        shared.told(request, answer)
    if connection is not None:
        connection.close()


def _connect(target: Target, scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(netloc, timeout=SECONDS)
    context = ssl.create_default_context(cafile=target.verify_tls if isinstance(target.verify_tls, str) else None)
    if target.verify_tls is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(netloc, timeout=SECONDS, context=context)


def _lower(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name.lower(), value) for name, value in headers)


def _seconds(headers: Mapping[str, str]) -> float:
    """Retry-After in seconds; a date is taken for none (RFC 9110, 10.2.3)."""
    given = headers.get("retry-after", "")
    return float(given) if given.isdecimal() else 0.0
