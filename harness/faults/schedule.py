"""What happens when: the faults of a timeline as an ordered list of actions. Pure, so it is tested without sleeping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from harness.model import Fault, Timeline

__all__ = ["Action", "Schedule", "What"]

_LEAD_S = 2.0  # the calm of an edge is learnt this long before its fault


class What(IntEnum):
    """In the order in which actions that are due together are done: an edge is free before the next fault takes it."""

    HEAL = 0
    PROBE = 1
    APPLY = 2


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """`at` in seconds since zero."""

    at: float
    what: What
    fault: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """`overlaps` names, for each fault, the others on its edge at the same time: no probe can tell them apart."""

    faults: tuple[Fault, ...]
    actions: tuple[Action, ...]
    overlaps: dict[str, tuple[str, ...]]

    @classmethod
    def plan(cls, timeline: Timeline, faults: Iterable[Fault]) -> Schedule:
        """Each fault is probed before, applied and healed. A fault that another one on its edge precedes too closely is not probed anew."""
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
        actions = []
        for one in ordered:
            span = spans[one.name]
            actions += [Action(span.start, What.APPLY, one.name), Action(span.end, What.HEAL, one.name)]
            ends = [
                spans[other.name].end
                for other in ordered
                if other is not one and other.edge == one.edge and spans[other.name].end <= span.start
            ]
            probed = span.start - _LEAD_S
            if probed >= 0 and not overlaps[one.name] and all(end < probed for end in ends):
                actions.append(Action(probed, What.PROBE, one.name))
        return cls(ordered, tuple(sorted(actions)), overlaps)

    def fault(self, name: str) -> Fault:
        """The fault of that name; KeyError for another."""
        for one in self.faults:
            if one.name == name:
                return one
        raise KeyError(name)

    def end_of(self, name: str) -> float:
        """When the fault is healed, seconds since zero."""
        return next(action.at for action in self.actions if action.fault == name and action.what is What.HEAL)

    def start_of(self, name: str) -> float:
        """When the fault is made, seconds since zero."""
        return next(action.at for action in self.actions if action.fault == name and action.what is What.APPLY)
