"""Nobody there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.units import Share

__all__ = ["Down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """Close every connection of the edge and refuse new ones."""

    kind: ClassVar[str] = "down"

    @property
    def toxicity(self) -> Share:
        return Share(1)

    def describe(self) -> str:
        return "connections refused"

    def wire(self) -> None:
        return None
