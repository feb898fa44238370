"""Answers that break off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.units import EVERY, ByteCount, Share, Stream
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["LimitData"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitData:
    """Close a connection after `bytes` went through it."""

    kind: ClassVar[str] = "limit_data"
    bytes: ByteCount
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    def describe(self) -> str:
        return f"closed after {self.bytes}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"bytes": int(self.bytes)}
        return Wire(type="limit_data", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
