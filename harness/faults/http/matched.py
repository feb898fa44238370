"""Which requests an HTTP fault hits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from harness.faults.http.units import Headers, Method, PathPattern
from harness.faults.toxics.units import EVERY, Share, read_fields

__all__ = ["HttpFault", "Matched"]

_ANY_METHOD, _ANY_PATH = Method(""), PathPattern("")
_SAFE = ("", "GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A `share` of the requests that match `method`, `path` and `header`; all of them where none is said."""

    share: Share = EVERY
    method: Method = _ANY_METHOD
    path: PathPattern = _ANY_PATH
    header: Headers = field(default_factory=Headers)

    def read_match(self) -> None:
        """For `__post_init__`: let the match be given as text. Raises ValueError that names the field."""
        for name, anything in (("method", _ANY_METHOD), ("path", _ANY_PATH)):
            if not getattr(self, name):
                object.__setattr__(self, name, anything)
        object.__setattr__(self, "header", Headers.parse(self.header))
        read_fields(self, share=Share, method=Method, path=PathPattern)

    @property
    def toxicity(self) -> float:
        """The share of requests that it hits: a probe sends one a connection."""
        return float(self.share)

    @property
    def hits_any(self) -> bool:
        """Whether a plain `GET /` may be hit."""
        paths = not self.path or bool(re.fullmatch(self.path.regex, "/"))
        return self.method in ("", "GET") and paths and not self.header

    @property
    def is_safe_to_probe(self) -> bool:
        """Whether a request that it matches changes nothing (RFC 9110, 9.2.1), so that a canary may send it."""
        return self.method in _SAFE

    def apart(self, other: Matched) -> bool:
        """Whether plainly no request matches both."""
        if self.method and other.method and self.method != other.method:
            return True
        differ = any(
            "*" not in (value, other.header.get(name, "*")) and other.header[name] != value
            for name, value in self.header.items()
        )
        return differ or bool(self.path and other.path and self.path.apart(other.path))

    def scope(self) -> str:
        """The tail of a description: what is not said is the usual, every request."""
        which = " ".join(part for part in (self.method, self.path) if part)
        headers = ", ".join(f"{name}: {value}" for name, value in self.header.items())
        of = f" of {which}" if which else " of requests" if self.share < EVERY or headers else ""
        share = f", on {self.share if self.share < EVERY else 'all'}" if of else ""
        return f"{share}{of}{f' with {headers}' if headers else ''}"


@runtime_checkable
class HttpFault(Protocol):
    """A disturbance that Envoy does to requests or their answers."""

    @property
    def kind(self) -> str:
        """See `Disturbance`."""

    @property
    def toxicity(self) -> float:
        """The share of requests that it hits."""

    @property
    def share(self) -> Share:
        """See `Matched`."""

    @property
    def method(self) -> Method:
        """See `Matched`."""

    @property
    def path(self) -> PathPattern:
        """See `Matched`."""

    @property
    def header(self) -> Headers:
        """See `Matched`."""

    @property
    def is_safe_to_probe(self) -> bool:
        """See `Matched`."""

    def describe(self) -> str:
        """See `Disturbance`."""

    def route(self) -> dict[str, Any]:
        """What an Envoy route needs beside its match and its cluster, as JSON (envoy.config.route.v3.Route)."""
