"""Connections that linger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.units import EVERY, Millis, Share, Stream
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["SlowClose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowClose:
    """Pass a close on only `delay` later."""

    kind: ClassVar[str] = "slow_close"
    delay: Millis
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    def __post_init__(self) -> None:
        if self.delay == 0:
            raise ValueError("`delay` of 0ms changes nothing; write how late a close shall be, such as delay: 2s")

    def describe(self) -> str:
        return f"close {self.delay} late{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"delay": int(self.delay)}
        return Wire(type="slow_close", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
