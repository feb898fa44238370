"""How a request ended, from what its client was left with. Pure; foreign exceptions are told by class name, so nothing is imported."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from harness.model.window import Outcome

__all__ = ["cause_of", "outcome_of", "starved_of"]

# What the generator itself ran out of (errno(3)); the target never saw such a request.
_STARVED = {
    errno.EMFILE: "file descriptors",
    errno.ENFILE: "file descriptors",
    errno.EADDRNOTAVAIL: "ports",
    errno.ENOBUFS: "memory",
    errno.ENOMEM: "memory",
}

_BY_STATUS = frozenset({"HTTPError", "LocustBadStatusCode", "BadStatusCode"})
_TIMED_OUT = frozenset({"Timeout", "ReadTimeout", "ConnectTimeout", "ReadTimeoutError", "ConnectTimeoutError"})
# Closed before the answer was whole counts as a reset: the client can't tell a FIN from a RST that came first.
_CUT_OFF = frozenset({"HTTPConnectionClosed", "RemoteDisconnected", "IncompleteRead", "ChunkedEncodingError"})
_BELOW_HTTP = ("requests", "urllib3", "geventhttpclient", "http.client", "ssl", "socket", "gevent", "zlib", "_socket")
# geventhttpclient says HTTPParseError for garbage and for an answer cut short; these are the latter.
_CUT_SHORT = ("connection closed", "incomplete response", "invalid eof")


def outcome_of(status: int, exception: BaseException | None, below: BaseException | None = None) -> Outcome:
    """`exception` is what Locust reports: None when all is well or the locustfile said `success()`; `below` is the client's
    own error where the locustfile replaced it by its verdict. `status` is 0 where no answer came.

    A 5xx or a failure below HTTP keeps its kind whatever the locustfile says of it; a 4xx is an error only if the
    locustfile failed it.
    """
    if exception is None:
        return Outcome.OK
    if status >= 500:
        return Outcome.SERVER_ERROR
    if type(exception).__name__ in _BY_STATUS:
        return Outcome.CLIENT_ERROR if 400 <= status < 500 else Outcome.FAILED
    transport = _transport(exception) or (_transport(below) if below is not None and status == 0 else None)
    return transport or Outcome.FAILED


def starved_of(error: BaseException) -> str:
    """`file descriptors`, `ports` or `memory` where the request failed for want of it on our side; else nothing."""
    numbers = (one.errno for one in _chain(error) if isinstance(one, OSError))
    return next((_STARVED[number] for number in numbers if number in _STARVED), "")


def cause_of(error: BaseException) -> BaseException:
    """What the operating system said, where a client wrapped it; else the error itself."""
    return next((one for one in _chain(error) if isinstance(one, OSError) and one.errno is not None), error)


def _transport(error: BaseException) -> Outcome | None:
    if not any(base is OSError or base.__module__.startswith(_BELOW_HTTP) for base in type(error).__mro__):
        return None
    seen = list(_chain(error))
    if any(isinstance(one, ConnectionRefusedError) for one in seen):
        return Outcome.REFUSED
    if any(isinstance(one, TimeoutError) or type(one).__name__ in _TIMED_OUT for one in seen):
        return Outcome.TIMEOUT
    if any(_cut_off(one) for one in seen):
        return Outcome.RESET
    return Outcome.TRANSPORT


def _cut_off(error: BaseException) -> bool:
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return True
    if type(error).__name__ == "HTTPParseError":
        return any(words in str(error).lower() for words in _CUT_SHORT)
    return type(error).__name__ in _CUT_OFF


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: requests keeps causes in `args` and `reason`, geventhttpclient in `original`."""
    todo, seen = [error], set()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        wrapped = (
            one.__cause__,
            one.__context__,
            getattr(one, "original", None),
            getattr(one, "reason", None),
            *one.args,
        )
        todo += [inner for inner in wrapped if isinstance(inner, BaseException)]
