"""Which stretches of a run a scope names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.experiment.measured import Stretch, subtract
from harness.model import STEADY, FaultRecord, Timeline


@dataclass(frozen=True, slots=True)
class Scopes:
    """The run's timeline as it really went: stages as planned, faults as they were in force, up to `end` seconds."""

    timeline: Timeline
    faults: Sequence[FaultRecord]
    end: float

    def stretches(self, scope: str) -> list[Stretch]:
        """A stage, a fault, `steady`, or without a name the whole run but its warm-up. Empty where it did not happen."""
        if scope == STEADY:
            return self.steady
        if not scope:
            return subtract([(0.0, self.end)], self._warm_up)
        record = next((f for f in self.faults if f.name == scope), None)
        if record is not None:
            return [] if record.from_s is None else [(record.from_s, min(self.end, _surely(record) or self.end))]
        span = self.timeline.span(scope)
        return [] if span is None or span.start >= self.end else [(span.start, min(span.end, self.end))]

    def healing_of(self, scope: str) -> float | None:
        """When the fault of that name began to be healed; None for anything else, and for one that the run outlasted not."""
        record = next((f for f in self.faults if f.name == scope), None)
        return None if record is None else _surely(record)

    @property
    def steady(self) -> list[Stretch]:
        """Outside warm-up and every fault with its recovery."""
        return subtract(
            [(0.0, self.end)], [*self._warm_up, *(self._hurt(f) for f in self.faults if f.from_s is not None)]
        )

    @property
    def hurt(self) -> list[Stretch]:
        """Every stretch under a fault, recovery left out."""
        return [(f.from_s, min(self.end, _surely(f) or self.end)) for f in self.faults if f.from_s is not None]

    @property
    def _warm_up(self) -> list[Stretch]:
        return [(span.start, span.end) for span in self.timeline.stages if span.warm_up]

    def _hurt(self, fault: FaultRecord) -> Stretch:
        start = fault.from_s or 0.0
        if fault.to_s is None or fault.recovery_s is None:
            return (start, self.end)
        return (start, fault.to_s + fault.recovery_s)  # a censored recovery reaches to the next fault or the end


def _surely(record: FaultRecord) -> float | None:
    """Until when it was surely in force; runs saved before `healing_s` was known have the later end."""
    return record.to_s if record.healing_s is None else record.healing_s
