"""One keep-alive connection on gevent's loop: bytes out, one whole answer in. Its read watcher stays on, so a request costs two
switches of greenlets and no watcher, no timer, no try-and-fail of its own; the parser (llhttp) is one per connection."""

from __future__ import annotations

import ssl
from functools import partial
from math import inf
from time import perf_counter
from typing import Any

import gevent.socket
from gevent.hub import get_hub
from greenlet import getcurrent
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from harness.load.fast.addresses import connected
from harness.load.fast.failures import AnswerTooLarge, ClosedEarly, NotHttp
from harness.load.fast.prepared import Origin
from harness.load.head import END
from harness.load.lending import pause

__all__ = ["CHUNK", "LATE", "MOST_BYTES", "Connection"]

MOST_BYTES = 256 * 1024 * 1024
_MOST_HEAD = 1024 * 1024
_FIRST_LOOK_S = 60.0
CHUNK = 16384  # bytes read at once
LATE = object()  # what a greenlet is woken with at its deadline
_READY = object()


class Connection:
    """`exchange` one request at a time. After an error, or when `reusable` is False, close it and open another.

    After an exchange: `status`, `parts` (of the body), and the bytes of the head as returned. `received` says whether any byte
    of an answer came, `used` whether there was an exchange before.
    """

    def __init__(self, origin: Origin, context: ssl.SSLContext | None, deadline: float) -> None:
        self.status = 0
        self.parts: list[bytes] = []
        self.received = self.used = False
        self._keep = self._pending = False
        self._complete = self._begun = self._interim = 0
        self._deadline = self._timer_at = deadline
        self._timer: Any = None
        self._waiter: Any = None
        self._socket: Any = self._opened(origin, deadline)
        sock = self._socket
        try:
            sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
            if context is not None:
                self._socket = sock = self._secured(sock, context, origin, deadline)
            sock.settimeout(0.0)
        except BaseException:
            self._socket.close()
            raise
        # gevent's own wrappers wait by themselves, at twice the price; below them is the plain socket.
        self._tls = context is not None
        self._send = sock.send if self._tls else sock._sock.send  # noqa: SLF001
        self._recv = sock.recv if self._tls else sock._sock.recv  # noqa: SLF001
        hub = get_hub()
        self._loop = hub.loop
        self._pause = partial(pause, hub)
        self._parser = HttpResponseParser(self)
        self._feed = self._parser.feed_data
        self._io = hub.loop.io(sock.fileno(), 1)
        self._io.start(self._readable)

    @property
    def reusable(self) -> bool:
        """Whether the next request may use it, as far as the last answer says."""
        return self._keep and self._complete == self._begun - self._interim == 1

    def get_ready(self) -> None:
        """Have what the first exchange would have to make: the timer, which looks again once it is due."""
        self._deadline = perf_counter() + _FIRST_LOOK_S
        self._be_ready()

    def alive(self) -> bool:
        """Whether the server has not closed it, nor said anything unasked, since the last exchange."""
        if not self._pending:
            return True
        try:
            self._recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):  # the latter: a session ticket came
            return True
        except OSError:
            return False
        return False

    def exchange(self, wire: bytes, deadline: float, bodiless: bool = False) -> bytes:
        """Send, and return the beginning of the answer that holds its head. `deadline` is on `perf_counter`, for the whole.

        The answer to HEAD is `bodiless`, whatever its headers say. Raises OSError: TimeoutError, ConnectionResetError
        (ClosedEarly among them), NotHttp, AnswerTooLarge.
        """
        self._begin(deadline)
        self._write(wire)
        if bodiless:
            return self._head_alone()
        data = self._receive()
        if not data:
            raise ClosedEarly("the server closed the connection without an answer")
        self.received = True
        self._parse(data)
        return data if self._complete else self._rest(data)

    def close(self) -> None:
        """Twice is harmless."""
        self._keep = False
        self._io.stop()
        self._io.close()
        if self._timer is not None:
            self._timer.close()
            self._timer = None
        self._socket.close()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """An answer begins; a second one is nobody's."""
        self._begun += 1

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        if not self._complete:
            self.parts.append(part)

    def on_message_complete(self) -> None:
        """An answer is whole; those below 200 only announce another (RFC 9110, section 15.2)."""
        status = self._parser.get_status_code()
        if status < 200 and status != 101:
            self._interim += 1
            return
        if not self._complete:
            self.status = status
            self._keep = self._parser.should_keep_alive()  # the parser forgets it with this call
        self._complete += 1

    # Below: opening, waiting, reading and writing.

    def _begin(self, deadline: float) -> None:
        self.parts = []
        self._complete = self._begun = self._interim = 0
        self.received = self._keep = False
        self._deadline = deadline

    def _opened(self, origin: Origin, deadline: float) -> Any:
        return connected(origin.host, origin.port, deadline)

    def _secured(self, sock: Any, context: ssl.SSLContext, origin: Origin, deadline: float) -> Any:
        sock.settimeout(_left(deadline))
        return context.wrap_socket(sock, server_hostname=origin.host)

    def _parse(self, data: bytes) -> None:
        try:
            self._feed(data)
        except HttpParserUpgrade:
            self._keep = False
        except HttpParserError as error:
            self._keep = False
            if not self._complete:
                raise NotHttp(f"what came is no HTTP answer: {error}") from error

    def _head_alone(self) -> bytes:
        """A parser of its own for the head, since the connection's would wait for a body."""
        raw = b""
        while True:
            end = raw.find(END)
            if end >= 0:
                parser = HttpResponseParser(_Ignoring())
                try:
                    parser.feed_data(raw[: end + 4])
                except HttpParserError as error:
                    raise NotHttp(f"what came is no HTTP answer: {error}") from error
                self.status = parser.get_status_code()
                if not 100 <= self.status < 200:
                    break
                raw = raw[end + 4 :]
                continue
            raw += self._more(raw)
        low = raw[:end].lower()
        self._keep = len(raw) == end + 4 and low.startswith(b"http/1.1") and b"\r\nconnection: close" not in low
        self._begun = self._complete = 1
        return raw

    def _rest(self, raw: bytes) -> bytes:
        total = len(raw)
        headed = self._headed(raw)
        while not self._complete:
            data = self._receive()
            if not data:
                self._end_of_file(raw, headed)
                break
            total += len(data)
            if total > MOST_BYTES:
                raise AnswerTooLarge(f"the answer is over {MOST_BYTES} bytes")
            self._parse(data)
            if not headed:
                raw += data
                headed = self._headed(raw)
        return raw

    def _headed(self, raw: bytes) -> bool:
        found = raw.count(END) > self._interim
        if not found and len(raw) > _MOST_HEAD:
            raise AnswerTooLarge(f"the headers are over {_MOST_HEAD} bytes")
        return found

    def _more(self, raw: bytes) -> bytes:
        self._headed(raw)
        data = self._receive()
        if not data:
            raise ClosedEarly("the server closed the connection before its answer was whole")
        self.received = True
        return data

    def _end_of_file(self, raw: bytes, headed: bool) -> None:
        """The end of an answer that neither counts nor chunks its body (RFC 9112, section 6.3, rule 8); of others, a cut."""
        for _ in range(self._interim):
            raw = raw.partition(END)[2]
        low = raw.partition(END)[0].lower() + b"\r\n"
        if not headed or b"\r\ncontent-length:" in low or b"\r\ntransfer-encoding:" in low:
            raise ClosedEarly("the server closed the connection before its answer was whole")
        self.status = self._parser.get_status_code()
        self._keep = False
        self._complete = 1

    def _write(self, wire: bytes) -> None:
        try:
            sent = self._send(wire)
        except (BlockingIOError, ssl.SSLWantWriteError):
            sent = 0
        if sent != len(wire):
            self._socket.settimeout(_left(self._deadline))
            try:
                self._socket.sendall(memoryview(wire)[sent:])
            finally:
                self._socket.settimeout(0.0)

    def _receive(self) -> bytes:
        if self._tls:
            return self._receive_tls()
        while True:
            self._wait()
            try:
                return self._recv(CHUNK)  # type: ignore[no-any-return]
            except BlockingIOError:
                continue

    def _receive_tls(self) -> bytes:
        """A record may hold more than was read, so reading comes before waiting."""
        while True:
            try:
                return self._recv(CHUNK)  # type: ignore[no-any-return]
            except ssl.SSLWantReadError:
                self._wait()
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""

    def _wait(self) -> None:
        """Until there is something to read. Raises TimeoutError at the deadline."""
        self._be_ready()
        self._waiter = getcurrent()
        try:
            while (woken := self._pause()) is not _READY:
                if woken is LATE:
                    raise TimeoutError("the answer was not whole in time")
        finally:
            self._waiter = None

    def _be_ready(self) -> None:
        if self._timer is None or self._deadline < self._timer_at:
            self._set_timer()
        if self._pending:
            self._pending = False
            self._io.start(self._readable)

    def _readable(self) -> None:
        """In the hub. Nobody waits: the connection idles, or a long body is on its way out; `alive` and `_wait` look after it."""
        if self._waiter is not None:
            self._waiter.switch(_READY)
        else:
            self._io.stop()
            self._pending = True

    def _set_timer(self) -> None:
        """One timer for many requests: it looks at the deadline of the request that is then under way."""
        if self._timer is not None:
            self._timer.close()
        self._timer_at = self._deadline
        self._timer = self._loop.timer(_left(self._deadline))
        self._timer.start(self._on_timer, update=True)

    def _on_timer(self) -> None:
        self._timer.close()
        self._timer = None
        if self._waiter is None or self._deadline == inf:
            return
        if self._deadline > perf_counter():
            self._set_timer()
        else:
            self._waiter.switch(LATE)


class _Ignoring:
    """A parser's listener that needs to hear nothing."""


def _left(deadline: float) -> float:
    """Seconds, never quite none: a time-out of zero would mean not to wait at all."""
    return max(0.001, deadline - perf_counter())
