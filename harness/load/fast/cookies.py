"""The cookies of one user: the standard library's rules (RFC 6265's ancestors), asked only when there are cookies."""

from __future__ import annotations

from email.message import Message
from http.cookiejar import Cookie, CookieJar
from time import monotonic
from urllib.request import Request

__all__ = ["Jar"]

_KEPT_S = 1.0  # a rendered header is good for that long, since cookies expire
_MOST_KEPT = 1000


class Jar(CookieJar):
    """`filled` is False as long as no cookie was ever set."""

    def __init__(self) -> None:
        super().__init__()
        self.filled = False
        self._headers: dict[str, tuple[float, str]] = {}

    def set_cookie(self, cookie: Cookie) -> None:
        """As CookieJar does."""
        self.filled = True
        self._headers.clear()
        super().set_cookie(cookie)

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """As CookieJar does."""
        self._headers.clear()
        super().clear(domain, path, name)

    def header_for(self, url: str) -> str:
        """The value of Cookie for a request to `url`; empty for none."""
        now = monotonic()
        kept = self._headers.get(url)
        if kept is not None and kept[0] > now:
            return kept[1]
        request = Request(url)  # noqa: S310 # only shows the jar where the request goes
        self.add_cookie_header(request)
        value = str(request.get_header("Cookie") or "")
        if len(self._headers) >= _MOST_KEPT:
            self._headers.clear()
        self._headers[url] = now + _KEPT_S, value
        return value

    def learn(self, url: str, values: list[str]) -> None:
        """Take over the Set-Cookie headers of an answer from `url`."""
        self.extract_cookies(_Answered(values), Request(url))  # type: ignore[arg-type] # noqa: S310


class _Answered:
    """As much of an answer as a jar looks at."""

    def __init__(self, values: list[str]) -> None:
        self._message = Message()
        for value in values:
            self._message["Set-Cookie"] = value

    def info(self) -> Message:
        return self._message
