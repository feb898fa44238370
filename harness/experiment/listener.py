"""What a run tells whoever watches it: phases, events and a figure line every second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The last seconds of the load. Rates per second, times in seconds, `late_share` of arrivals scheduled over 1 ms late.

    `probes` is what each said last; None where it had no number.
    """

    at: float
    duration: float
    stage: str
    fault: str
    asked: float
    achieved: float
    p50: float | None
    p99: float | None
    errors: int
    queued: int
    dropped: int
    late_share: float
    probes: Mapping[str, float | None] = field(default_factory=dict)
    has_load: bool = True


class Listener(Protocol):
    """Implemented by the terminal, and by anything else that shows a run."""

    def phase(self, text: str) -> None:
        """A new part of the work begins."""

    def event(self, text: str) -> None:
        """Something happened that is worth a line: a fault, a finding, a problem."""

    def progress(self, progress: Progress) -> None:
        """About once a second while there is load."""


class Silent:
    """Tells nobody."""

    def phase(self, text: str) -> None:
        """Nothing."""

    def event(self, text: str) -> None:
        """Nothing."""

    def progress(self, progress: Progress) -> None:
        """Nothing."""
