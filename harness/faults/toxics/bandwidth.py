"""A narrow line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import EVERY, KilobyteRate, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Bandwidth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """Let at most `rate` through, for each connection by itself."""

    kind: ClassVar[str] = "bandwidth"
    rate: KilobyteRate
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            rate: KilobyteRate | str,
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, rate=KilobyteRate, stream=Stream, toxicity=Share)

    def describe(self) -> str:
        return f"{self.rate} per connection{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"rate": int(self.rate)}
        return Wire(type="bandwidth", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
