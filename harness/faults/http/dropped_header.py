"""Answers that lack a header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.matched import Matched
from harness.faults.http.units import HeaderName, Headers, Method, PathPattern
from harness.faults.toxics.units import Share, read_fields

__all__ = ["DroppedHeader"]

_FRAMING = ("content-length", "transfer-encoding", "connection", "host")


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedHeader(Matched):
    """Take the header `name` out of each answer."""

    kind: ClassVar[str] = "dropped_header"
    name: HeaderName

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            name: HeaderName | str,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()
        read_fields(self, name=HeaderName)
        if self.name in _FRAMING:
            raise ValueError(
                f"`{self.name}` says where an answer ends; HTTP puts it back. Name another one, such as etag"
            )

    def describe(self) -> str:
        return f"no {self.name} header{self.scope()}"

    def route(self) -> dict[str, Any]:
        return {"response_headers_to_remove": [str(self.name)]}
