"""Answers whose body ends too early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.envoy_parts import lua_filter
from harness.faults.http.matched import Matched
from harness.faults.http.units import Headers, Method, PathPattern
from harness.faults.toxics.units import ByteCount, Share, read_fields

__all__ = ["TruncatedBody"]

_LUA = """
function envoy_on_response(answer)
  local body = answer:body()
  if body ~= nil and body:length() > {keep} then body:setBytes(body:getBytes(0, {keep})) end
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncatedBody(Matched):
    """End each answer's body after `keep` bytes. Its length says so, and the connection stays: the cut is inside the content.

    To break the connection off, use `limit_data`.
    """

    kind: ClassVar[str] = "truncated_body"
    keep: ByteCount

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            keep: ByteCount | str,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()
        read_fields(self, keep=ByteCount)

    def describe(self) -> str:
        return f"bodies cut after {self.keep}{self.scope()}"

    def route(self) -> dict[str, Any]:
        return lua_filter(_LUA.format(keep=int(self.keep)))
