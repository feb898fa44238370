"""Answers with an HTTP status of our choice, at once or late; the service is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.envoy_parts import ALWAYS, fault_filter
from harness.faults.http.matched import Matched
from harness.faults.http.units import Headers, Method, PathPattern, StatusCode
from harness.faults.toxics.units import AT_ONCE, Millis, Share, read_fields

__all__ = ["HttpStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpStatus(Matched):
    """Answer with `code`, `delay` after the request came; the service does not get it."""

    kind: ClassVar[str] = "http_status"
    code: StatusCode
    delay: Millis = AT_ONCE

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            code: StatusCode | int | str,
            delay: Millis | str = ...,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()
        object.__setattr__(self, "code", StatusCode.parse(self.code))
        read_fields(self, delay=Millis)

    def describe(self) -> str:
        late = f" after {self.delay}" if self.delay else ""
        return f"status {int(self.code)}{late}{self.scope()}"

    def route(self) -> dict[str, Any]:
        return fault_filter(delay_ms=int(self.delay), abort={"http_status": int(self.code), "percentage": ALWAYS})
