"""Late answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import AT_ONCE, EVERY, Millis, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Latency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Delay every chunk by `delay`, evenly spread by ± `jitter`; drops nothing.

    One way, so a round trip through both streams pays twice. Connecting is not delayed.
    """

    kind: ClassVar[str] = "latency"
    delay: Millis
    jitter: Millis = AT_ONCE
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            delay: Millis | str,
            jitter: Millis | str = ...,
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, delay=Millis, jitter=Millis, stream=Stream, toxicity=Share)
        if self.delay == 0:
            raise ValueError("`delay` of 0ms changes nothing; write how late answers shall be, such as delay: 800ms")
        if self.jitter > self.delay:
            raise ValueError(f"`jitter` ({self.jitter}) is above `delay` ({self.delay}); write at most the delay")

    def describe(self) -> str:
        spread = f" ± {self.jitter}" if self.jitter else ""
        return f"+{self.delay}{spread}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"latency": int(self.delay), "jitter": int(self.jitter)}
        return Wire(type="latency", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
