"""Answers that are no JSON though they say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.envoy_parts import lua_filter
from harness.faults.http.matched import Matched
from harness.faults.http.units import Headers, Method, PathPattern
from harness.faults.toxics.units import Share

__all__ = ["MalformedJson"]

_LUA = """
function envoy_on_response(answer)
  local kind = answer:headers():get("content-type")
  if kind == nil or not kind:lower():find("json", 1, true) then return end
  local body = answer:body()
  if body == nil or body:length() == 0 then return end
  local text = body:getBytes(0, body:length()):gsub("%s+$", "")
  body:setBytes(text:sub(1, -2) .. ",")
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedJson(Matched):
    """Put a comma in place of the last character of each JSON answer: no parser takes that. Other answers pass."""

    kind: ClassVar[str] = "malformed_json"

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()

    def describe(self) -> str:
        return f"malformed JSON{self.scope()}"

    def route(self) -> dict[str, Any]:
        return lua_filter(_LUA)
