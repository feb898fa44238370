"""Connections that linger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import EVERY, Millis, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["SlowClose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowClose:
    """Pass a close on only `delay` later."""

    kind: ClassVar[str] = "slow_close"
    delay: Millis
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            delay: Millis | str,
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, delay=Millis, stream=Stream, toxicity=Share)
        if self.delay == 0:
            raise ValueError("`delay` of 0ms changes nothing; write how late a close shall be, such as delay: 2s")

    def describe(self) -> str:
        return f"close {self.delay} late{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"delay": int(self.delay)}
        return Wire(type="slow_close", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
