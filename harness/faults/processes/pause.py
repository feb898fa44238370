"""Processes that hang."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Pause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """SIGSTOP: connections stay, and nobody answers; SIGCONT when the fault ends."""

    kind: ClassVar[str] = "pause"

    @property
    def toxicity(self) -> float:
        """All connections."""
        return 1.0

    def describe(self) -> str:
        return "paused"
