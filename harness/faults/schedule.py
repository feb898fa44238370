"""What happens when: the faults of a timeline as an ordered list of actions. Pure, so it is tested without sleeping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from harness.faults.toxics.phases import Phase, phases_of
from harness.model import Fault, Timeline

__all__ = ["Action", "Schedule", "What"]

_LEAD_S = 2.0  # the calm of an edge is learnt this long before its fault


class What(IntEnum):
    """In the order in which actions that are due together are done: an edge is free before the next fault takes it."""

    HEAL = 0
    PROBE = 1
    APPLY = 2
    UPDATE = 3


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """`at` in seconds since zero; `phase` counts the phases of a fault that changes with time."""

    at: float
    what: What
    fault: str
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """`phases` of each fault are in seconds since zero. `overlaps` names, for each fault, the others on its edge at the same time."""

    faults: tuple[Fault, ...]
    actions: tuple[Action, ...]
    overlaps: Mapping[str, tuple[str, ...]]
    phases: Mapping[str, tuple[Phase, ...]]

    @classmethod
    def plan(cls, timeline: Timeline, faults: Iterable[Fault]) -> Schedule:
        """Each fault is probed before, applied and healed; one that comes and goes is applied and healed each time.

        A fault that another one on its edge precedes too closely is not probed anew.
        """
        ordered = tuple(faults)
        spans = {span.name: span for span in timeline.faults}
        overlaps = {
            one.name: tuple(
                other.name
                for other in ordered
                if other is not one
                and other.edge == one.edge
                and spans[other.name].start < spans[one.name].end
                and spans[one.name].start < spans[other.name].end
            )
            for one in ordered
        }
        phases: dict[str, tuple[Phase, ...]] = {}
        actions: list[Action] = []
        for one in ordered:
            start = spans[one.name].start
            phases[one.name] = tuple(
                replace(phase, start=start + phase.start, end=start + phase.end)
                for phase in phases_of(one.disturbance, one.duration)
            )
            actions += _actions(one.name, phases[one.name])
            ends = [
                spans[other.name].end
                for other in ordered
                if other is not one and other.edge == one.edge and spans[other.name].end <= start
            ]
            probed = start - _LEAD_S
            if probed >= 0 and not overlaps[one.name] and all(end < probed for end in ends):
                actions.append(Action(probed, What.PROBE, one.name))
        return cls(ordered, tuple(sorted(actions)), overlaps, phases)

    @property
    def firsts(self) -> tuple[Fault, ...]:
        """Each fault as it begins: what is asked whether it can be made."""
        return tuple(replace(one, disturbance=self.phases[one.name][0].disturbance) for one in self.faults)

    def fault(self, name: str) -> Fault:
        """The fault of that name; KeyError for another."""
        for one in self.faults:
            if one.name == name:
                return one
        raise KeyError(name)

    def end_of(self, name: str) -> float:
        """When the fault is healed for good, seconds since zero."""
        return self.phases[name][-1].end

    def start_of(self, name: str) -> float:
        """When the fault is made, seconds since zero."""
        return self.phases[name][0].start

    def stretch_end(self, name: str, phase: int) -> float:
        """When the fault is healed next, from a phase in which it is in force."""
        return next(
            action.at
            for action in self.actions
            if action.fault == name and action.what is What.HEAL and action.phase >= phase
        )

    def quiet_until(self, name: str, phase: int) -> float:
        """Until when nothing changes on the edge of a fault, from the start of one of its phases: the time for its probes."""
        start, edge = self.phases[name][phase].start, self.fault(name).edge
        others = (
            action.at
            for action in self.actions
            if action.fault != name
            and action.what is not What.PROBE
            and action.at > start
            and self.fault(action.fault).edge == edge
        )
        return min([self.phases[name][phase].end, *others])


def _actions(name: str, phases: tuple[Phase, ...]) -> Iterator[Action]:
    """Phases that touch are updates; a gap between them is a healing and another making."""
    for number, phase in enumerate(phases):
        touches = number > 0 and phases[number - 1].end == phase.start
        yield Action(phase.start, What.UPDATE if touches else What.APPLY, name, number)
        goes_on = number + 1 < len(phases) and phases[number + 1].start == phase.end
        if not goes_on:
            yield Action(phase.end, What.HEAL, name, number)
