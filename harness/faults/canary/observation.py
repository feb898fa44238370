"""What one probe saw on one fresh connection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.faults.canary.answer import Answer

__all__ = ["Observation", "Outcome"]


class Outcome(StrEnum):
    """How it ended."""

    ANSWERED = "answered"
    CONNECTED = "connected"  # all that a probe without a protocol can see
    REFUSED = "refused"
    RESET = "reset"
    CLOSED = "closed"  # before the answer was whole
    SILENT = "silent"  # no whole answer within the probe's patience
    FAILED = "failed"  # anything else: no route, no such name


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`seconds` from connected to the outcome (from before connecting where that failed, or was all); `size` bytes came back;
    `linger` seconds from answer to close, None where it was not watched; `answer` in HTTP.
    """

    outcome: Outcome
    seconds: float
    size: int = 0
    linger: float | None = None
    answer: Answer | None = None

    @property
    def status(self) -> int | None:
        """Of an HTTP answer."""
        return self.answer.status if self.answer else None

    @property
    def answered(self) -> bool:
        """Whether a whole answer came."""
        return self.outcome is Outcome.ANSWERED
