"""Data in small pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import EVERY, NO_PAUSE, NOTHING, ByteCount, Micros, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Slicer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicer:
    """Cut data into pieces of `size` ± `variation`, `delay` apart.

    Toxiproxy 2.12 dies of a stack overflow at size 0 and panics where the variation is above the size (its issue 541).
    """

    kind: ClassVar[str] = "slicer"
    size: ByteCount
    variation: ByteCount = NOTHING
    delay: Micros = NO_PAUSE
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            size: ByteCount | str,
            variation: ByteCount | str = ...,
            delay: Micros | str = ...,
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, size=ByteCount, variation=ByteCount, delay=Micros, stream=Stream, toxicity=Share)
        if self.size == 0:
            raise ValueError("`size` of 0B crashes the server; write at least 1B")
        if self.variation >= self.size:
            raise ValueError(
                f"`variation` ({self.variation}) crashes the server unless it is below `size` ({self.size}); write less"
            )

    def describe(self) -> str:
        spread = f" ± {self.variation}" if self.variation else ""
        pause = f", {self.delay} apart" if self.delay else ""
        return f"pieces of {self.size}{spread}{pause}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"average_size": int(self.size), "size_variation": int(self.variation), "delay": int(self.delay)}
        return Wire(type="slicer", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
