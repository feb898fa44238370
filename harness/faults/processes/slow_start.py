"""Processes that take long to come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import Share, read_fields

__all__ = ["SlowStart"]


_TENTH = Share(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowStart:
    """SIGKILL, started again at once, and given only `speed` of the processor until the fault ends."""

    kind: ClassVar[str] = "slow_start"
    speed: Share = _TENTH

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(self, *, speed: Share | float | str = ...) -> None: ...

    def __post_init__(self) -> None:
        read_fields(self, speed=Share)
        if self.speed >= 1:
            raise ValueError("`speed` of 100% slows nothing down; write less, such as 10%")

    @property
    def toxicity(self) -> float:
        """All connections."""
        return 1.0

    def describe(self) -> str:
        return f"killed, and started again at {self.speed} of its speed"
