"""A narrow line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.units import EVERY, KilobyteRate, Share, Stream
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Bandwidth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """Let at most `rate` through, for each connection by itself."""

    kind: ClassVar[str] = "bandwidth"
    rate: KilobyteRate
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    def describe(self) -> str:
        return f"{self.rate} per connection{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"rate": int(self.rate)}
        return Wire(type="bandwidth", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
