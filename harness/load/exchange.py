"""An `Exchange` for the observers, from what an HTTP client left behind (requests or geventhttpclient, told by shape)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from harness.load.head import HeadOf, joined
from harness.model.observer import Exchange
from harness.model.window import Outcome

if TYPE_CHECKING:
    from harness.load.capture import Call

__all__ = ["Shown"]


class Shown(Exchange):
    """What a client left behind, for the observers. What went out is read when somebody asks for it, which few do; stamps count from `zero_ns`."""

    __slots__ = ("_asked", "_response")

    def __init__(
        self,
        operation: str,
        call: Call,
        outcome: Outcome,
        status: int,
        response: Any,
        error: str,
        user: str,
        zero_ns: int,
    ) -> None:
        # One by one: it is made for each answer, and `super()` with fourteen arguments takes as long as all of this.
        self.operation = operation
        self.method = call.method.upper()
        self.url = call.url
        self.outcome = outcome
        self.status = status
        self.intended_ns = call.intended_ns - zero_ns
        self.start_ns = call.start_ns - zero_ns
        self.end_ns = call.end_ns - zero_ns
        self.user = user
        self.headers = _headers_received(response)
        self.body = _body_received(response, call.asked)
        self.error = error
        self._response = response
        self._asked = call.asked

    @property
    def request_headers(self) -> Mapping[str, str]:  # type: ignore[override] # nobody sets it
        """Names in lower case."""
        return _headers_sent(self._response, self._asked)

    @property
    def request_body(self) -> bytes:  # type: ignore[override]
        """As it went out."""
        return _body_sent(self._response, self._asked)


def _headers_sent(response: Any, asked: Mapping[str, Any]) -> dict[str, str]:
    """Of the request as it went out, else (nothing came back) as the locustfile asked for it; names in lower case."""
    headers = getattr(getattr(response, "request", None), "headers", None)
    return lowered(headers if headers is not None else asked.get("headers"))


def _body_sent(response: Any, asked: Mapping[str, Any]) -> bytes:
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


def _headers_received(response: Any) -> Mapping[str, str]:
    """Names in lower case; several of one name are joined by a comma (RFC 9110, section 5.2)."""
    head = getattr(response, "head", None)  # our own client keeps the bytes
    return HeadOf(head) if isinstance(head, bytes) else lowered(getattr(response, "headers", None))


def _body_received(response: Any, asked: Mapping[str, Any]) -> bytes:
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


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
