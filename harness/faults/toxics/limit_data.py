"""Answers that break off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import EVERY, ByteCount, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["LimitData"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitData:
    """Close a connection after `bytes` went through it."""

    kind: ClassVar[str] = "limit_data"
    bytes: ByteCount
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            bytes: ByteCount | str,  # noqa: A002 - the name that Toxiproxy gives it
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, bytes=ByteCount, stream=Stream, toxicity=Share)

    def describe(self) -> str:
        return f"closed after {self.bytes}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        attributes = {"bytes": int(self.bytes)}
        return Wire(type="limit_data", stream=self.stream, attributes=attributes, toxicity=float(self.toxicity))
