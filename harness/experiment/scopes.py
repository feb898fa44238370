"""Which stretches of a run a scope names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.experiment.measured import Stretch, in_windows, subtract
from harness.model import STEADY, FaultRecord, Timeline


@dataclass(frozen=True, slots=True)
class Scopes:
    """The run's timeline as it really went: stages as planned, faults as they were in force, up to `end` seconds.

    `ended` says that nothing comes after `end`; a run that goes on has a last window that is not full yet.
    """

    timeline: Timeline
    faults: Sequence[FaultRecord]
    end: float
    ended: bool = False

    def counted(self, stretches: Sequence[Stretch]) -> list[Stretch]:
        """What of them is counted: whole windows of 250 ms."""
        return in_windows(stretches, whole_at=(self.end, self.timeline.duration) if self.ended else ())

    def sending(self, stretches: Sequence[Stretch]) -> list[Stretch]:
        """What of them lies before the end of the profile, in whole windows: afterwards the last answers are awaited, and nobody sends."""
        last = min(self.end, self.timeline.duration)
        return self.counted([(start, min(end, last)) for start, end in stretches if start < last])

    def stretches(self, scope: str) -> list[Stretch]:
        """A stage, a fault, `steady`, or without a name the whole run but its warm-up. Empty where it did not happen."""
        if scope == STEADY:
            return self.steady
        if not scope:
            return subtract([(0.0, self.end)], self._warm_up)
        record = next((f for f in self.faults if f.name == scope), None)
        if record is not None:
            return self._in_force(record)
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
        return [stretch for fault in self.faults for stretch in self._in_force(fault)]

    def _in_force(self, fault: FaultRecord) -> list[Stretch]:
        """Where it surely was; what lies between two times that a flapping one came is no such stretch."""
        if fault.from_s is None:
            return []
        last = min(self.end, _surely(fault) or self.end)
        times = fault.windows or ((fault.from_s, last),)
        return [(a, min(last, last if b is None else b)) for a, b in times if a < last]

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
