"""Stages and faults laid out on the run's clock, before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import BadInput
from harness.model.fault import Fault
from harness.model.nearest import did_you_mean
from harness.model.profile import Profile, Span

STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Timeline:
    """`duration` is the planned length, seconds: the load's, or until the last fault ends."""

    stages: tuple[Span, ...]
    faults: tuple[Span, ...]
    duration: float

    @classmethod
    def lay_out(cls, profile: Profile | None, faults: Iterable[Fault], *, live_s: float | None = None) -> Timeline:
        """Resolve every anchor; `live_s` is how long it lasts without a load.

        Raises BadInput for an unknown name, a circle, or a name that stands twice.
        """
        stages = profile.spans if profile else ()
        pending = list(faults)
        _refuse_twins([s.name for s in stages] + [f.name for f in pending])
        known = {span.name: span for span in stages}
        laid: dict[str, Span] = {}
        while pending:
            ready = [f for f in pending if not f.at.name or f.at.name in known]
            if not ready:
                fault = pending[0]
                others = [*known, *(f.name for f in pending if f is not fault)]
                raise BadInput(
                    f"Fault `{fault.name}` starts `{fault.at}`, and no stage or fault `{fault.at.name}` is known before it.",
                    did_you_mean(fault.at.name, others),
                )
            for fault in ready:
                base = known.get(fault.at.name)
                start = fault.at.offset + (
                    0.0 if base is None else base.end if fault.at.side == "after" else base.start
                )
                laid[fault.name] = known[fault.name] = Span(fault.name, start, start + fault.duration)
                pending.remove(fault)
        last = max((span.end for span in (*stages, *laid.values())), default=0.0)
        ordered = tuple(sorted(laid.values(), key=lambda span: span.start))
        return cls(stages, ordered, profile.duration if profile else live_s or last)

    @property
    def names(self) -> tuple[str, ...]:
        """Every scope that an expectation may name."""
        return (*(s.name for s in self.stages), *(f.name for f in self.faults), STEADY)

    def span(self, name: str) -> Span | None:
        """The stage or fault of that name."""
        return next((s for s in (*self.stages, *self.faults) if s.name == name), None)

    def fault_at(self, at: float) -> str:
        """The name of the latest fault in force at `at` seconds, or an empty string."""
        return next((f.name for f in reversed(self.faults) if f.holds(at)), "")


def _refuse_twins(names: list[str]) -> None:
    for name in names:
        if name == STEADY:
            raise BadInput(
                "`steady` is a reserved name: it means the run outside warm-up and faults.",
                "Call the stage or fault something else.",
            )
        if names.count(name) > 1:
            raise BadInput(
                f"The name `{name}` stands twice; stages and faults share one set of names.", "Rename one of them."
            )
