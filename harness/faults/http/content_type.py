"""Answers that say they are something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.matched import Matched
from harness.faults.http.units import Headers, MediaType, Method, PathPattern
from harness.faults.toxics.units import Share, read_fields

__all__ = ["ContentType"]


_HTML = MediaType("text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType(Matched):
    """Let `content-type` of each answer say `to`; its body stays as it is."""

    kind: ClassVar[str] = "content_type"
    to: MediaType = _HTML

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            to: MediaType | str = ...,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()
        read_fields(self, to=MediaType)

    def describe(self) -> str:
        return f"content-type {self.to}{self.scope()}"

    def route(self) -> dict[str, Any]:
        header = {"key": "content-type", "value": str(self.to).replace("%", "%%")}
        return {
            "response_headers_to_add": [{"header": header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}],
        }
