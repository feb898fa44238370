"""Requests to their answers for one user: kept connections, cookies, redirects, compression."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from urllib.parse import urljoin, urlsplit

import gevent.ssl
from gevent.timeout import Timeout
from locust.contrib.fasthttp import LocustUserAgent

from harness.load.fast.answer import Answer, header_values
from harness.load.fast.connection import MOST_BYTES, Connection
from harness.load.fast.cookies import Jar
from harness.load.fast.decoding import decoded
from harness.load.fast.failures import TooManyRedirects
from harness.load.fast.prepared import Origin, Prepared, Renderer, split_url
from harness.load.fast.streak import Streak
from harness.load.fast.talking import TalkingConnection
from harness.load.head import END

__all__ = ["REDIRECTS", "Transport", "tls_context"]

REDIRECTS: frozenset[int] = LocustUserAgent.redirect_response_codes


class Transport:
    """Each request under way has a connection of its own; the most recently used one goes first.

    What is sent has so many seconds for `connecting`; the whole, redirects included, must be there by `until` on `perf_counter`.
    """

    def __init__(self, renderer: Renderer, context_of: Callable[[], ssl.SSLContext], max_redirects: int) -> None:
        self.cookies = Jar()
        self._renderer = renderer
        self._context_of = context_of
        self._context: ssl.SSLContext | None = None
        self._max_redirects = max_redirects
        self._idle: dict[Origin, list[Connection]] = {}
        self.make: Callable[[Origin, ssl.SSLContext | None, float], Connection] = Connection

    def close(self) -> None:
        """Close the connections that rest."""
        for rest in self._idle.values():
            while rest:
                rest.pop().close()

    def open_ahead(self, origin: Origin, until: float) -> None:
        """Have a connection at rest by `until` on `perf_counter`, if that can be: a place that cannot be reached is the requests' to tell."""
        if not self._idle.get(origin):
            with contextlib.suppress(OSError, Timeout):
                connection = self._connect(origin, until - perf_counter())
                connection.get_ready()
                self._idle[origin].append(connection)

    def exchange(self, request: Prepared, connecting: float, until: float) -> Answer:
        """Send it, and wait for the whole answer. Raises OSError or gevent's Timeout."""
        wire = request.wire
        if self.cookies.filled and (cookies := self.cookies.header_for(request.url)):
            wire = request.with_cookies(cookies)
        connection = self._connection(request.origin, connecting)
        try:
            raw = connection.exchange(wire, until, request.method == "HEAD")
        except (ConnectionResetError, BrokenPipeError):
            connection.close()
            if connection.received or not connection.used or not request.repeatable:
                raise
            connection = self._connect(request.origin, connecting)
            raw = _once(connection, request, wire, until)
        except BaseException:
            connection.close()
            raise
        return self._received(connection, request, raw)

    def converse(self, streak: Streak, request: Prepared, connecting: float) -> Answer | None:
        """Send it, and let the streak go on in the loop. The answer that it could not deal with, or None when it has ended.

        Raises what `exchange` raises, for what is then under way.
        """
        connection = self._connection(request.origin, connecting)
        if not isinstance(connection, TalkingConnection) or not connection.talks:
            self._idle[request.origin].append(connection)
            return self.exchange(request, connecting, streak.until)
        streak.over(connection)
        try:
            raw = connection.converse(request.wire, streak.until, streak)
        except (ConnectionResetError, BrokenPipeError):
            connection.close()
            now = streak.request
            if now is None or connection.received or not connection.used or not now.repeatable:
                raise
            connection = self._connect(now.origin, connecting)
            return self._received(connection, now, _once(connection, now, now.wire, streak.until))
        except BaseException:
            connection.close()
            raise
        if raw is None or streak.request is None:
            connection.used = True
            self._idle[connection.origin].append(connection)
            return None
        return self._received(connection, streak.request, raw)

    def _received(self, connection: Connection, request: Prepared, raw: bytes) -> Answer:
        status, parts = connection.status, connection.parts
        if connection.reusable:
            connection.used = True
            self._idle[request.origin].append(connection)
        else:
            connection.close()
        while raw[9:10] == b"1" and status != 101:  # an interim answer stands before
            raw = raw.partition(END)[2]
        low = raw[: raw.find(END)].lower()
        content = parts[0] if len(parts) == 1 else b"".join(parts)
        if b"\r\nset-cookie:" in low:
            self.cookies.learn(request.url, header_values(raw, "set-cookie"))
        if content and b"\r\ncontent-encoding:" in low:
            content = decoded(content, ",".join(header_values(raw, "content-encoding")), MOST_BYTES)
        return Answer(request, status, raw, content)

    def _connection(self, origin: Origin, connecting: float) -> Connection:
        rest = self._idle.get(origin)
        while rest:
            connection = rest.pop()
            if connection.alive():
                return connection
            connection.close()
        return self._connect(origin, connecting)

    def _connect(self, origin: Origin, connecting: float) -> Connection:
        self._idle.setdefault(origin, [])
        context = None
        if origin.scheme == "https":
            context = self._context = self._context or self._context_of()
        return self.make(origin, context, perf_counter() + connecting)

    def follow(self, answer: Answer, connecting: float, until: float) -> Answer:
        """Where the answer points to, as browsers go there (RFC 9110, section 15.4)."""
        history: list[Answer] = []
        while answer.status_code in REDIRECTS and (to := header_values(answer.head, "location")):
            if len(history) >= self._max_redirects:
                raise TooManyRedirects(f"{answer.request.url} redirects more than {self._max_redirects} times")
            history.append(answer)
            answer = self.exchange(self._redirected(answer, to[0]), connecting, until)
        answer.history = tuple(history)
        return answer

    def _redirected(self, answer: Answer, to: str) -> Prepared:
        before = answer.request
        url = urljoin(before.url, to).partition("#")[0]
        if urlsplit(url).scheme not in ("http", "https"):
            raise TooManyRedirects(f"{before.url} redirects to {url}, which is no http or https URL")
        drop = {"host", "content-length"}
        method, body = before.method, before.body
        if answer.status_code in (301, 302, 303) and method not in ("GET", "HEAD"):
            method, body = "GET", b""
            drop |= {"content-type", "transfer-encoding"}
        if split_url(url)[0] != before.origin:
            drop |= {"authorization", "cookie", *self._renderer.target_headers}
        headers = {name: value for name, value in before.headers.items() if name.lower() not in drop}
        return self._renderer.render(method, url, before.name, headers, body)


def _once(connection: Connection, request: Prepared, wire: bytes, until: float) -> bytes:
    try:
        return connection.exchange(wire, until, request.method == "HEAD")
    except BaseException:
        connection.close()
        raise


@lru_cache(maxsize=8)
def tls_context(insecure: bool, ca_file: str | None = None) -> ssl.SSLContext:
    """One for all users: reading the authorities takes longer than a thousand requests. `ca_file` replaces the system's."""
    if insecure:
        return gevent.ssl._create_unverified_context()  # type: ignore[no-any-return] # noqa: SLF001
    return gevent.ssl.create_default_context(cafile=ca_file)  # type: ignore[no-any-return]
