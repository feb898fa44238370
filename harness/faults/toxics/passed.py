"""A toxic of a newer or a patched Toxiproxy, passed through by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from harness.faults.toxics.units import EVERY, Share, Stream, read_fields
from harness.faults.toxics.wire import Wire, scope_of

__all__ = ["Attributes", "Passed", "TypeName"]

_OURS = {
    "latency": "latency: {delay: 800ms}",
    "bandwidth": "bandwidth: {rate: 100KB/s}",
    "slow_close": "slow_close: {delay: 2s}",
    "timeout": "timeout: {after: 1s}",
    "reset_peer": "reset: {}",
    "slicer": "slicer: {size: 64B}",
    "limit_data": "limit_data: {bytes: 64KB}",
}


class TypeName(str):
    """A toxic's type, as the server names it."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: object) -> TypeName:
        """Raises ValueError, also for the types that are checked here under a name of their own."""
        if not isinstance(text, str) or not text.replace("_", "a").isalnum():
            raise ValueError(f"{text!r} is no type of toxic; write its name, such as packet_loss")
        if text in _OURS:
            raise ValueError(f"{text!r} is known here, and checked before it is sent; write {_OURS[text]}")
        return cls(text)


class Attributes(dict[str, float]):
    """Numbers by name, in the server's own units. What it does not know is told when it is read back."""

    @classmethod
    def parse(cls, given: object) -> Attributes:
        """Raises ValueError for anything but numbers of at least 0."""
        if not isinstance(given, Mapping):
            raise ValueError(f"{given!r} is not a mapping; write attributes: {{loss: 10}}")  # noqa: TRY004 - one error for documents
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
                raise ValueError(f"`{name}` is {value!r}; write a number of at least 0, in Toxiproxy's own unit")
        return cls(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A toxic whose type only the server knows, such as `packet_loss`. No canary can tell its effect, so it is unverified."""

    type: TypeName
    attributes: Attributes = field(default_factory=Attributes)
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = EVERY

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            type: TypeName | str,  # noqa: A002 - the name that Toxiproxy gives it
            attributes: Mapping[str, float] = ...,
            stream: Stream | str = ...,
            toxicity: Share | str | float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", Attributes.parse(self.attributes))
        read_fields(self, type=TypeName, stream=Stream, toxicity=Share)

    @property
    def kind(self) -> str:
        return str(self.type)

    def describe(self) -> str:
        told = ", ".join(f"{name} {value:g}" for name, value in self.attributes.items())
        return f"{self.type}{f' ({told})' if told else ''}{scope_of(self.stream, self.toxicity)}"

    def wire(self) -> Wire:
        return Wire(
            type=str(self.type), stream=self.stream, attributes=dict(self.attributes), toxicity=float(self.toxicity)
        )
