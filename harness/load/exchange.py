"""An `Exchange` for the observers, from what an HTTP client left behind (requests or geventhttpclient, told by shape)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from harness.load.head import HeadOf, Later, joined

__all__ = ["body_received", "body_sent", "headers_received", "headers_sent"]


def headers_sent(response: Any, asked: Mapping[str, Any]) -> Mapping[str, str]:
    """Of the request as it went out, else (nothing came back) as the locustfile asked for it; names in lower case."""
    return _Sent(response, asked)


def body_sent(response: Any, asked: Mapping[str, Any]) -> bytes:
    """The same for the body. A file or a stream reads as empty: it can be read only once."""
    request = getattr(response, "request", None)
    if request is not None:
        body = getattr(request, "payload", None) or getattr(request, "body", None)
    else:
        body = asked.get("data")
        if not body and asked.get("json") is not None:
            body = json.dumps(asked["json"])
        elif isinstance(body, Mapping):
            body = urlencode(body)
    return body.encode() if isinstance(body, str) else bytes(body) if isinstance(body, bytes | bytearray) else b""


def headers_received(response: Any) -> Mapping[str, str]:
    """Names in lower case; several of one name are joined by a comma (RFC 9110, section 5.2)."""
    head = getattr(response, "head", None)  # our own client keeps the bytes
    return HeadOf(head) if isinstance(head, bytes) else lowered(getattr(response, "headers", None))


def body_received(response: Any, asked: Mapping[str, Any]) -> bytes:
    """What came, decompressed. A stream is the locustfile's to read: it stays empty here."""
    if asked.get("stream"):
        return b""
    try:
        content = getattr(response, "content", None)
    except Exception:  # noqa: BLE001 # half a body raises whatever its client raises; the outcome says so already
        return b""
    return content if isinstance(content, bytes) else b""


def lowered(headers: Any) -> dict[str, str]:
    """Lower-case names; values as text."""
    return joined((_text(name), _text(value)) for name, value in headers.items()) if headers is not None else {}


class _Sent(Later):
    __slots__ = ("_asked", "_response")

    def __init__(self, response: Any, asked: Mapping[str, Any]) -> None:
        self._all = None
        self._response = response
        self._asked = asked

    def _read(self) -> dict[str, str]:
        headers = getattr(getattr(self._response, "request", None), "headers", None)
        return lowered(headers if headers is not None else self._asked.get("headers"))


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
