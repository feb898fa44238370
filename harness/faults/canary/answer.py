"""An HTTP/1.1 answer as a probe reads it: whole or not yet, and what is in it. Pure. RFC 9112."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Answer"]

_STATUS = re.compile(rb"HTTP/\S+ (\d{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`headers` by lower-case name; `whole` says that the body is complete, as far as the head tells its length."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False

    @classmethod
    def read(cls, raw: bytes | bytearray) -> Answer | None:
        """None before the head is complete."""
        head, end, rest = bytes(raw).partition(b"\r\n\r\n")
        first = _STATUS.match(head)
        if not end or not first:
            return None
        lines = head.decode("latin-1").split("\r\n")[1:]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body, whole = _unchunk(rest)
        else:
            length = headers.get("content-length", "")
            body, whole = rest, len(rest) >= (int(length) if length.isdigit() else 0)
        return cls(status=int(first[1]), headers=headers, body=body, whole=whole)


def _unchunk(rest: bytes) -> tuple[bytes, bool]:
    """The body so far, and whether its last chunk came."""
    body, at = bytearray(), 0
    while (line := rest.find(b"\r\n", at)) >= 0:
        try:
            size = int(rest[at:line].split(b";")[0], 16)
        except ValueError:
            return bytes(body), False
        start = line + 2
        if size == 0:
            return bytes(body), True
        body += rest[start : start + size]
        at = start + size + 2
    return bytes(body), False
