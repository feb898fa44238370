"""Processes that die."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Kill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """SIGKILL; started again when the fault ends."""

    kind: ClassVar[str] = "kill"

    @property
    def toxicity(self) -> float:
        """All connections."""
        return 1.0

    def describe(self) -> str:
        return "killed, and started again at the end"
