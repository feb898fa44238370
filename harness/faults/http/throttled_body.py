"""Answers that come slowly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.faults.http.envoy_parts import ALWAYS, fault_filter
from harness.faults.http.matched import Matched
from harness.faults.http.units import Headers, Method, PathPattern
from harness.faults.toxics.units import KilobyteRate, Share, read_fields

__all__ = ["ThrottledBody"]

_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottledBody(Matched):
    """Let at most `rate` of each answer's body through. Envoy counts in whole KiB/s, so the rate is rounded to the nearest."""

    kind: ClassVar[str] = "throttled_body"
    rate: KilobyteRate

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            rate: KilobyteRate | str,
            share: Share | float | str = ...,
            method: Method | str = ...,
            path: PathPattern | str = ...,
            header: Headers | Mapping[str, str] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        self.read_match()
        read_fields(self, rate=KilobyteRate)

    @property
    def kib_per_s(self) -> int:
        """As Envoy is told."""
        return max(1, round(self.rate * 1000 / _KIB))

    def describe(self) -> str:
        return f"answers at {self.rate}{self.scope()}"

    def route(self) -> dict[str, Any]:
        limit = {"fixed_limit": {"limit_kbps": str(self.kib_per_s)}, "percentage": ALWAYS}
        return fault_filter(response_rate_limit=limit)
