"""The HTTP client of one user: cookies, redirects, kept connections; a request costs little more than its bytes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

import requests
from gevent.timeout import Timeout
from locust.contrib.fasthttp import LocustBadStatusCode, LocustUserAgent
from locust.exception import LocustError

from harness.load.fast.answer import Answer
from harness.load.fast.connection import Connection
from harness.load.fast.decoding import ACCEPTED
from harness.load.fast.prepared import Prepared, Renderer, basic_auth, body_of, split_url
from harness.load.fast.statistics import Statistics
from harness.load.fast.streak import Streak, Turns
from harness.load.fast.talking import TalkingConnection
from harness.load.fast.timed import TimedConnection
from harness.load.fast.transport import REDIRECTS, Transport, tls_context
from harness.model.phase import Phase

__all__ = ["FastSession", "Watch"]

_VALID = LocustUserAgent.valid_response_codes
_MOST_KNOWN = 2000  # rendered requests that are kept: ids in paths must not eat the memory


class Watch(Protocol):
    """Who keeps the figures of a run: the engine's capture. `start` returns its record of the request."""

    looks: bool
    """Whether it wants to see the answers themselves."""

    def start(self, request: Prepared, name: str) -> Any:
        """It is about to be sent."""

    def answered(self, call: Any, answer: Answer) -> None:
        """It was answered, and a with-block will judge the answer."""

    def end(self, call: Any, answer: Answer | None, error: BaseException | None, length: int) -> None:
        """The verdict is final; `length` is that of the body, bytes. A success may come without its answer where nobody looks."""

    def abandon(self, call: Any, error: BaseException) -> None:
        """It was cut off: its user was killed, or it could not be made."""

    def forward(self, meta: Mapping[str, Any]) -> None:
        """Fire Locust's event."""


class FastSession:
    """As FastHttpSession. Several greenlets of one user may use it at once; each gets a connection of its own.

    A kept connection that the server has closed is replaced, and a GET, HEAD or OPTIONS that met its end without a byte of
    an answer is sent once more; nothing else is ever repeated.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user: Any = None,
        statistics: Statistics | None = None,
        request_event: Any = None,
        network_timeout: float = 60.0,
        connection_timeout: float = 60.0,
        max_redirects: int = 30,
        insecure: bool = True,
        ssl_context_factory: Callable[[], ssl.SSLContext] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.base_url, auth = _without_credentials(base_url)
        self.user = user
        self.request_name: str | None = None
        self.request_event = request_event
        self.watch: Watch | None = None
        self.turns: Turns | None = None  # where a user may not just go on with its next iteration
        self.network_timeout = network_timeout
        self.connection_timeout = connection_timeout
        self._statistics = statistics
        self._renderer = Renderer({"User-Agent": "api-harness", "Accept-Encoding": ACCEPTED, **(headers or {})})
        self._transport = Transport(
            self._renderer, ssl_context_factory or (lambda: tls_context(insecure)), max_redirects
        )
        self.cookiejar = self._transport.cookies
        self._known: dict[tuple[str, str], Prepared] = {}
        if auth:
            self.aim({"Authorization": auth})

    def aim(self, headers: Mapping[str, str], url: str = "") -> None:
        """Put `headers` on every request to `url` (the base URL) or below that lacks them, and on no other."""
        self._renderer.aim(url or self.base_url, headers)
        self._known = {}

    def time(self, note: Callable[[Phase, int], None]) -> None:
        """Tell `note` how long connecting, TLS and the first byte take (ns), in the greenlet that sends; for connections from now on."""
        self._transport.make = partial(TimedConnection, note)

    def prepare(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        data: Any = None,
        json: Any = None,
        headers: Mapping[str, Any] | None = None,
        params: Any = None,
        auth: tuple[str | bytes, str | bytes] | None = None,
        files: Any = None,
    ) -> Prepared:
        """Render a request once; `send` it as often as wanted. Raises ValueError for what cannot be sent."""
        whole = url if url[:4].lower() == "http" and "://" in url[:8] else f"{self.base_url}{url}"
        if params:
            query = params if isinstance(params, str) else urlencode(params, doseq=True)
            whole += ("&" if "?" in whole else "?") + query
        given = dict(headers) if headers else {}
        if auth:
            given["Authorization"] = basic_auth(*auth)
        if files:
            made = requests.Request(method, whole, files=files, data=data).prepare()
            body, kind = body_of(made.body, None)[0], str(made.headers["Content-Type"])
        else:
            body, kind = body_of(data, json)
        if kind and "Content-Type" not in given and "content-type" not in given:
            given["Content-Type"] = kind
        if kind == "application/json" and "Accept" not in given and "accept" not in given:
            given["Accept"] = kind
        return self._renderer.render(method.upper(), whole, name or url, given, body)

    def request(
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Any = None,
        catch_response: bool = False,
        stream: bool = False,
        headers: Mapping[str, Any] | None = None,
        auth: tuple[str | bytes, str | bytes] | None = None,
        json: Any = None,
        allow_redirects: bool = True,
        context: Mapping[str, Any] | None = None,
        params: Any = None,
        files: Any = None,
        timeout: Any = None,
    ) -> Answer:
        """As FastHttpSession.request. `timeout` is for this request alone: seconds, or (connecting, the whole)."""
        if headers or data or auth or params or files or json is not None:
            request = self.prepare(
                method, url, data=data, json=json, headers=headers, params=params, auth=auth, files=files
            )
        else:
            known = self._known.get((method, url))
            if known is None:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                known = self._known[method, url] = self.prepare(method, url)
            request = known
        if stream:
            raise LocustError("FastUser reads every answer whole; use FastHttpUser for stream=True.")
        return self.send(
            request,
            name=name,
            catch_response=catch_response,
            allow_redirects=allow_redirects,
            context=context,
            timeout=timeout,
        )

    def send(
        self,
        request: Prepared,
        *,
        name: str | None = None,
        catch_response: bool = False,
        allow_redirects: bool = True,
        context: Mapping[str, Any] | None = None,
        timeout: Any = None,
    ) -> Answer:
        """Send what was prepared. `name` is its label in statistics, else the one it was prepared with."""
        name = name or self.request_name or request.name
        watch = self.watch
        call = watch.start(request, name) if watch is not None else None
        begun = perf_counter()
        try:
            connecting, until = self.connection_timeout, begun + self.network_timeout
            if timeout is not None:
                connecting, until = self._patience(begun, timeout)
            answer = self._transport.exchange(request, connecting, until)
            if answer.status_code != 200:
                answer = self._settled(answer, allow_redirects, connecting, until)
        except (OSError, Timeout) as error:
            answer = Answer(request, 0, b"", None)
            answer.error = error
        except BaseException as error:
            if watch is not None:
                watch.abandon(call, error)
            raise
        answer.took = perf_counter() - begun
        answer.name = name
        answer.call = call
        if context is not None:
            answer.context = context
        if catch_response:
            answer._on_verdict = self._judged  # noqa: SLF001 # the other half of one thing
            if watch is not None:
                watch.answered(call, answer)
        else:
            self._judged(answer, answer.error)
        return answer

    def will_stream(self) -> None:
        """Connections from now on are such that can `stream`."""
        if self._transport.make is Connection:
            self._transport.make = TalkingConnection

    def open_ahead(self, until: float) -> None:
        """Have a connection to the base URL ready by `until` on `perf_counter`, if that can be."""
        self._transport.open_ahead(split_url(self.base_url)[0], until)

    def stream(self, request: Prepared, draw: Callable[[], Prepared | None]) -> None:
        """Send it, and then whatever `draw` gives, an iteration each, without waking this greenlet, until it gives None.

        `draw` is called in gevent's loop, so it may not wait. It all ends early, after an answer that is counted as `send` does: one that
        is no success, sets a cookie or was compressed; or when the answers must be told to listeners of Locust's event.
        """
        self.will_stream()
        ahead: Prepared | None = request
        while ahead is not None:
            if self.cookiejar.filled or ahead.method == "HEAD":
                self.send(ahead)
                return
            ahead = self._streak(ahead, draw)

    def _streak(self, request: Prepared, draw: Callable[[], Prepared | None]) -> Prepared | None:
        """What was drawn and is still to be sent, in an iteration that has begun."""
        streak = Streak(self, draw, self.turns)
        connecting = self.connection_timeout
        streak.begin(request)
        try:
            answer = self._transport.converse(streak, request, connecting)
            if answer is not None and answer.status_code != 200:
                answer = self._settled(answer, True, connecting, streak.until)
        except (OSError, Timeout) as error:
            if streak.request is None:
                raise
            answer = Answer(streak.request, 0, b"", None)
            answer.error = error
        except BaseException as error:
            if self.watch is not None and streak.request is not None:
                self.watch.abandon(streak.call, error)
            raise
        finally:
            begun = streak.end()
        if answer is not None:
            answer.took = perf_counter() - streak.begun
            answer.name = answer.history[0].request.name if answer.history else answer.request.name
            answer.call = streak.call
            self._judged(answer, answer.error)
        return draw() if begun else streak.left

    def _settled(self, answer: Answer, allow_redirects: bool, connecting: float, until: float) -> Answer:
        """Where its redirects lead, and an error for a status that is one."""
        request = answer.request
        if allow_redirects and answer.status_code in REDIRECTS:
            answer = self._transport.follow(answer, connecting, until)
        if answer.status_code not in _VALID:
            answer.error = LocustBadStatusCode(request.url, code=answer.status_code)
        return answer

    def counts(self, request: Prepared, status: int, head: bytes, parts: list[bytes], call: Any, begun: float) -> bool:
        """In the loop: count an answer that is a success. False where somebody listens to Locust's event: they are told in the user's
        greenlet."""
        statistics = self._statistics
        if statistics is None or not statistics.takes():
            return False
        content = parts[0] if len(parts) == 1 else b"".join(parts)
        took = perf_counter() - begun
        watch = self.watch
        if watch is not None:
            watch.end(call, Answer(request, status, head, content) if watch.looks else None, None, len(content))
        statistics.add(request.method, request.name, took * 1000, len(content))
        return True

    def get(self, url: str, **options: Any) -> Answer:
        """Send a GET."""
        known = None if options else self._known.get(("GET", url))
        return self.send(known) if known is not None else self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> Answer:
        """Send a HEAD."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Any) -> Answer:
        """Send an OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def delete(self, url: str, **options: Any) -> Answer:
        """Send a DELETE."""
        return self.request("DELETE", url, **options)

    def post(self, url: str, data: Any = None, json: Any = None, **options: Any) -> Answer:
        """Send a POST."""
        return self.request("POST", url, data=data, json=json, **options)

    def put(self, url: str, data: Any = None, **options: Any) -> Answer:
        """Send a PUT."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: str, data: Any = None, **options: Any) -> Answer:
        """Send a PATCH."""
        return self.request("PATCH", url, data=data, **options)

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Label every request of the block with `name`."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def close(self) -> None:
        """Close the connections that rest."""
        self._transport.close()

    def _patience(self, begun: float, timeout: Any) -> tuple[float, float]:
        connecting, whole = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        return connecting or self.connection_timeout, begun + (whole or self.network_timeout)

    def _judged(self, answer: Answer, error: BaseException | None) -> None:
        """The verdict is final: to the run's figures, to Locust's statistics, to whoever listens."""
        length = len(answer.content) if answer.content else 0
        if self.watch is not None:
            self.watch.end(answer.call, answer, error, length)
        statistics = self._statistics
        if statistics is not None and error is None and statistics.takes():
            statistics.add(answer.request.method, answer.name, answer.took * 1000, length)
        elif self.request_event is not None:
            self._fire(answer, error, length)

    def _fire(self, answer: Answer, error: BaseException | None, length: int) -> None:
        first = answer.history[0] if answer.history else answer
        meta = {
            "request_type": first.request.method,
            "name": answer.name,
            "context": {**(self.user.context() if self.user is not None else {}), **(answer.context or {})},
            "response": answer,
            "exception": error,
            "start_time": time.time() - answer.took,
            "url": first.request.url,
            "response_length": length,
            "response_time": answer.took * 1000,
        }
        if self.watch is not None:
            self.watch.forward(meta)
        else:
            self.request_event.fire(**meta)


def _without_credentials(url: str) -> tuple[str, str]:
    """The URL, and what it says of user and password as a value of Authorization."""
    parts = urlsplit(url)
    if not parts.username or not parts.password:
        return url, ""
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=netloc)), basic_auth(unquote(parts.username), unquote(parts.password))
