"""Who carries faults out: one applier a sort of fault, behind one face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from harness.errors import BadInput, HealFailed
from harness.faults.ladder import Removal
from harness.model import Disturbance, Fault

__all__ = ["Applier", "Appliers", "Made"]


class Made(Protocol):
    """A fault in force."""

    @property
    def about(self) -> Mapping[str, object]:
        """What `faults.jsonl` says of where it was put."""


class Applier(Protocol):
    """Makes faults and takes them back. Each undo is promised before its change."""

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the faults in force, the oldest first."""

    def takes(self, disturbance: Disturbance) -> bool:
        """Whether it can carry that out."""

    def check(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """See that each can be made; return notes for people. Raises BadInput, EnvironmentFailed."""

    def apply(self, fault: Fault) -> Made:
        """Make it and see that it was made. Raises EnvironmentFailed, after which nothing of it is left or the guard has it to do."""

    def change(self, name: str, disturbance: Disturbance) -> Made:
        """Give a fault in force another strength."""

    def heal(self, name: str) -> Removal:
        """Take it back and see that it is gone. Raises HealFailed; the guard then tries on."""


class Appliers:
    """Several as one."""

    def __init__(self, *appliers: Applier) -> None:
        self._appliers = appliers

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the faults in force."""
        return tuple(name for one in self._appliers for name in one.active)

    def takes(self, disturbance: Disturbance) -> bool:
        """Whether any of them does."""
        return any(one.takes(disturbance) for one in self._appliers)

    def check(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """See `Applier.check`; each is asked about its own."""
        given = tuple(faults)
        for fault in given:
            self._of(fault)
        return tuple(
            note for one in self._appliers for note in one.check([f for f in given if one.takes(f.disturbance)])
        )

    def apply(self, fault: Fault) -> Made:
        """See `Applier.apply`."""
        return self._of(fault).apply(fault)

    def change(self, name: str, disturbance: Disturbance) -> Made:
        """See `Applier.change`."""
        return self._holding(name).change(name, disturbance)

    def heal(self, name: str) -> Removal:
        """See `Applier.heal`."""
        return self._holding(name).heal(name)

    def heal_all(self) -> dict[str, Removal]:
        """Take back everything. Raises one HealFailed for all that failed, after trying each."""
        removals, failures = {}, []
        for name in reversed(self.active):
            try:
                removals[name] = self.heal(name)
            except HealFailed as error:
                failures.append(error)
        if failures:
            raise HealFailed("\n".join(one.what for one in failures), "\n".join(one.todo for one in failures))
        return removals

    def _of(self, fault: Fault) -> Applier:
        for one in self._appliers:
            if one.takes(fault.disturbance):
                return one
        raise BadInput(
            f"Fault `{fault.name}` is a {fault.disturbance.kind}, which cannot be done on edge `{fault.edge}` of this target.",
            "See which kinds of fault go with which edges in docs/faults.md.",
        )

    def _holding(self, name: str) -> Applier:
        return next(one for one in self._appliers if name in one.active)
