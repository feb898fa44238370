"""How an exchange fails below HTTP. All are OSErrors, as the failures of sockets are: whoever catches those catches these."""

from __future__ import annotations

__all__ = ["AnswerTooLarge", "ClosedEarly", "NotDecodable", "NotHttp", "TooManyRedirects"]


class ClosedEarly(ConnectionResetError):
    """The server closed the connection before its answer was whole."""


class NotHttp(OSError):
    """What came is no HTTP answer."""


class AnswerTooLarge(OSError):
    """Headers or body are over the bound: an answer without an end must not eat the memory."""


class NotDecodable(OSError):
    """The body is not compressed the way its Content-Encoding says."""


class TooManyRedirects(OSError):
    """The bound on redirects was reached, or one leads away from HTTP."""
