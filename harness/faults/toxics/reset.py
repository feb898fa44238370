"""Connections that are torn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import AT_ONCE, EVERY, Millis, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Reset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Answer the first data with RST, `after` later. Hits connections opened from now on.

    With a toxicity below 1 the others work, but end by RST too (Toxiproxy issue 603).
    """

    kind: ClassVar[str] = "reset"
    after: Millis = AT_ONCE
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            after: Millis | str = ...,
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, after=Millis, stream=Stream, toxicity=Share)

    def describe(self) -> str:
        delay = f" after {self.after}" if self.after else ""
        return f"new connections reset{delay}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"timeout": int(self.after)}
        return Wire(type="reset_peer", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
