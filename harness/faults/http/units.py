"""What requests are matched by, and what is done to their answers: values as documents write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

from harness.model.nearest import nearest

__all__ = ["GrpcCode", "HeaderName", "Headers", "MediaType", "Method", "PathPattern", "StatusCode"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class StatusCode(int):
    """An HTTP status from 200 to 599."""

    @classmethod
    def parse(cls, given: object) -> StatusCode:
        """From `503`. Raises ValueError."""
        text = str(int(given)) if isinstance(given, int) else given if isinstance(given, str) else ""
        if not re.fullmatch(r"[2-5]\d\d", text):
            raise ValueError(f"{given!r} is no final HTTP status; write one from 200 to 599, such as 503")
        return cls(int(text))


class GrpcCode(IntEnum):
    """A gRPC status, as https://github.com/grpc/grpc/blob/master/doc/statuscodes.md numbers them."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16

    @classmethod
    def parse(cls, given: object) -> GrpcCode:
        """From `UNAVAILABLE` or `14`. Raises ValueError with the nearest."""
        word = str(given).upper()
        for one in cls:
            if word in (one.name, str(one.value)):
                return one
        near = nearest(word, [one.name for one in cls])
        raise ValueError(
            f"{given!r} is no gRPC status that fails; write {near or 'UNAVAILABLE'}, or a number from 1 to 16"
        )


class HeaderName(str):
    """A header's name, in lower case."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: object) -> HeaderName:
        """Raises ValueError."""
        if not isinstance(given, str) or not _TOKEN.fullmatch(given):
            raise ValueError(f"{given!r} is no name of a header; write it as it stands in HTTP, such as etag")
        return cls(given.lower())


class MediaType(str):
    """What stands in `content-type`."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: object) -> MediaType:
        """Raises ValueError."""
        if not isinstance(given, str) or not re.fullmatch(r"[^\s/;]+/[^\s/;]+(\s*;\s*[^\r\n]*)?", given):
            raise ValueError(f"{given!r} is no media type; write one such as text/html")
        return cls(given)


class Method(str):
    """A request's method; empty for any."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: object) -> Method:
        """From `POST` or `post`. Raises ValueError with the nearest."""
        word = str(given).upper()
        if isinstance(given, str) and word in _METHODS:
            return cls(word)
        raise ValueError(
            f"{given!r} is no method of HTTP; write {nearest(word, _METHODS) or 'one of ' + ', '.join(_METHODS)}"
        )


class PathPattern(str):
    """A request's path without its query; `*` stands for one segment or a part of it, `**` for anything. Empty for any path."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: object) -> PathPattern:
        """From `/orders` or `/orders/*`. Raises ValueError."""
        if not isinstance(given, str) or not re.fullmatch(r"/[^\s?#]*", given):
            raise ValueError(f"{given!r} is no path; write one that begins with /, without a query, such as /orders/*")
        return cls(given)

    @property
    def regex(self) -> str:
        """As RE2 reads it; matches whole paths."""
        parts = re.split(r"(\*\*|\*)", self)
        return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)

    def apart(self, other: PathPattern) -> bool:
        """Whether plainly no path matches both."""
        for one, pattern in ((self, other), (other, self)):
            if "*" not in one:
                return not re.fullmatch(pattern.regex, one)
        start, begin = self.split("*")[0], other.split("*")[0]
        return not (start.startswith(begin) or begin.startswith(start))

    @property
    def example(self) -> str:
        """A path that it matches."""
        return re.sub(r"\*+", "harness-canary", self) or "/"


class Headers(dict[str, str]):
    """Headers that a request must have, all of them: an exact value, or `*` for any."""

    @classmethod
    def parse(cls, given: object) -> Headers:
        """From `{x-tenant: gold}`. Raises ValueError."""
        if not isinstance(given, Mapping):
            raise ValueError(f"{given!r} is no mapping; write header: {{x-tenant: gold}}")  # noqa: TRY004 - one error for documents
        for value in given.values():
            if not isinstance(value, str) or not value or re.search(r"[\r\n]", value):
                raise ValueError(f"{value!r} is no value of a header; write a text, or '*' for any")
        return cls({HeaderName.parse(name): value for name, value in given.items()})
