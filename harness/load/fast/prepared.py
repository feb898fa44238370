"""A request as it goes over the wire: rendered once, sent as often as wanted. Pure."""

from __future__ import annotations

import json as json_module
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

__all__ = ["Origin", "Prepared", "Renderer", "basic_auth", "body_of", "split_url"]

_SAFE = "/%:@!$&'()*+,;=~-._?[]"  # what a request target may hold as it is (RFC 3986), and % for what is quoted already
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_MOST_BLOCKS = 1000


class Origin(NamedTuple):
    """Where a connection leads."""

    scheme: str
    host: str
    port: int


class Prepared:
    """A request ready to be sent. `wire` are its bytes, of which `head` lacks the blank line so that cookies can follow.

    `repeatable` requests (GET, HEAD, OPTIONS) are sent once more when a kept connection turns out to be closed.
    """

    __slots__ = ("body", "head", "method", "name", "origin", "repeatable", "url", "wire")

    def __init__(self, method: str, url: str, name: str, origin: Origin, head: bytes, body: bytes) -> None:
        self.method = method
        self.url = url
        self.name = name
        self.origin = origin
        self.head = head
        self.body = body
        self.wire = b"%b\r\n%b" % (head, body)
        self.repeatable = method in _SAFE_METHODS

    @property
    def headers(self) -> dict[str, str]:
        """As they go out, without cookies."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name: value for name, _, value in (line.partition(": ") for line in lines if line)}

    def with_cookies(self, cookies: str) -> bytes:
        """The bytes with a Cookie header."""
        return b"%bCookie: %b\r\n\r\n%b" % (self.head, cookies.encode("latin-1"), self.body)


class Renderer:
    """Renders requests. `defaults` go on each that lacks them, `target_headers` only on those to `target`."""

    def __init__(self, defaults: Mapping[str, str]) -> None:
        self._defaults = dict(defaults)
        self._target: tuple[Origin, str, dict[str, str]] | None = None
        self._blocks: dict[tuple[bool, str, tuple[str, ...]], tuple[str, bool]] = {}

    def aim(self, url: str, headers: Mapping[str, str]) -> None:
        """Put `headers` on what goes to `url` or below: credentials go to the target alone."""
        origin, path = split_url(url)
        self._target = (origin, path.rstrip("/"), dict(headers))
        self._blocks.clear()

    @property
    def target_headers(self) -> tuple[str, ...]:
        """The names, in lower case, of what goes to the target alone."""
        return tuple(name.lower() for name in self._target[2]) if self._target else ()

    def render(self, method: str, url: str, name: str, headers: Mapping[str, Any], body: bytes) -> Prepared:
        """Raises ValueError for a URL, method or header that cannot be sent."""
        origin, target = split_url(url)
        block, counts = self._block(self._is_target(origin, target), _authority(origin), tuple(headers))
        lines = "".join([f"{key}: {_text(value)}\r\n" for key, value in headers.items()]) if headers else ""
        if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
            raise ValueError(f"a header of the request to {url} holds a line break")
        if counts and (body or method in _WITH_BODY):
            lines += f"Content-Length: {len(body)}\r\n"
        if not _TOKEN.fullmatch(method):
            raise ValueError(f"{method!r} is no HTTP method")
        text = f"{method} {target} HTTP/1.1\r\n{block}{lines}"
        try:
            head = text.encode("latin-1")
        except UnicodeEncodeError:
            head = text.encode()
        return Prepared(method, url, name, origin, head, body)

    def _is_target(self, origin: Origin, target: str) -> bool:
        if self._target is None or origin != self._target[0]:
            return False
        base = self._target[1]
        return not base or target == base or target.startswith((f"{base}/", f"{base}?"))

    def _block(self, to_target: bool, authority: str, names: tuple[str, ...]) -> tuple[str, bool]:
        """The default lines beside headers of these names, and whether Content-Length is ours to say."""
        key = (to_target, authority, names)
        found = self._blocks.get(key)
        if found is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            given = {str(name).lower() for name in names}
            lines = {"Host": authority, **self._defaults}
            if to_target and self._target is not None:
                present = {name.lower() for name in lines}
                lines |= {n: v for n, v in self._target[2].items() if n.lower() not in present}
            text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if name.lower() not in given)
            found = self._blocks[key] = text, not given & {"content-length", "transfer-encoding"}
        return found


def split_url(url: str) -> tuple[Origin, str]:
    """Origin and request target of an absolute URL. Raises ValueError for any that is not http or https."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http or https URL")
    target = quote(parts.path or "/", safe=_SAFE.replace("?", ""))
    if parts.query:
        target += "?" + quote(parts.query, safe=_SAFE)
    return Origin(scheme, parts.hostname, parts.port or (443 if scheme == "https" else 80)), target


def body_of(data: Any, json: Any) -> tuple[bytes, str]:
    """The bytes of a body and its content type (empty where the caller must know)."""
    if not data and json is not None:
        return json_module.dumps(json).encode(), "application/json"
    if not data:
        return b"", ""
    if isinstance(data, str):
        return data.encode(), ""
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data), ""
    if isinstance(data, Mapping | list | tuple):
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    if hasattr(data, "read"):
        read = data.read()
        return (read.encode() if isinstance(read, str) else bytes(read)), ""
    raise TypeError(f"a body cannot be made of {type(data).__name__}")


def basic_auth(user: str | bytes, password: str | bytes) -> str:
    """The value of Authorization."""
    pair = b":".join(part.encode("latin-1") if isinstance(part, str) else part for part in (user, password))
    return "Basic " + b64encode(pair).decode("ascii")


def _authority(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    plain = origin.port == (443 if origin.scheme == "https" else 80)
    return host if plain else f"{host}:{origin.port}"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
