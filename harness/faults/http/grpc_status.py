"""Answers with a gRPC status of our choice, at once or late; the service is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.envoy_parts import ALWAYS, fault_filter
from harness.faults.http.matched import Matched
from harness.faults.http.units import GrpcCode, Headers, Method, PathPattern
from harness.faults.toxics.units import AT_ONCE, Millis, Share, read_fields

__all__ = ["GrpcStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcStatus(Matched):
    """Answer a gRPC call with `code`, `delay` after it came; the service does not get it. `path` is `/package.Service/Method`."""

    kind: ClassVar[str] = "grpc_status"
    code: GrpcCode
    delay: Millis = AT_ONCE

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            code: GrpcCode | int | str,
            delay: Millis | str = ...,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()
        object.__setattr__(
            self, "code", GrpcCode.parse(int(self.code) if isinstance(self.code, GrpcCode) else self.code)
        )
        read_fields(self, delay=Millis)

    def describe(self) -> str:
        late = f" after {self.delay}" if self.delay else ""
        return f"gRPC status {self.code.name}{late}{self.scope()}"

    def route(self) -> dict[str, Any]:
        return fault_filter(delay_ms=int(self.delay), abort={"grpc_status": int(self.code), "percentage": ALWAYS})
