"""No answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import AT_ONCE, EVERY, Millis, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """Drop all data and close the connection once it was idle for `after`; at 0 it stays open. Healing closes it."""

    kind: ClassVar[str] = "timeout"
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
        ending = f"closed after {self.after}" if self.after else "never closed"
        return f"no data, {ending}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"timeout": int(self.after)}
        return Wire(type="timeout", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
