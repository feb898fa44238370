"""The faults of a run as lines to show, from the rows of `faults.jsonl` as they come. Reads no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model import Fault, Timeline
from harness.ui.state import FaultState

MOST_BY_HAND = 500


@dataclass(slots=True)
class FaultLines:
    """In the scenario's order, then by hand in the order of their start."""

    _lines: dict[str, FaultState] = field(default_factory=dict)

    @classmethod
    def planned(cls, faults: Iterable[Fault], timeline: Timeline) -> FaultLines:
        """Before anything happened."""
        lines = cls()
        for fault in faults:
            span = timeline.span(fault.name)
            lines._lines[fault.name] = FaultState(
                name=fault.name,
                edge=fault.edge,
                kind=fault.disturbance.kind,
                describe=fault.disturbance.describe(),
                planned_s=span.start if span else None,
                planned_end_s=span.end if span else None,
            )
        return lines

    def take(self, row: Mapping[str, Any], wall: float) -> None:
        """One row; `wall` is now, seconds since the epoch."""
        name = str(row["fault"])
        line = self._lines.get(name) or FaultState(
            name=name, edge=str(row["edge"]), kind=str(row["kind"]), describe=str(row["describe"])
        )
        at_s = row["at_ns"] / 1e9 if isinstance(row.get("at_ns"), int) else None
        self._lines[name] = line.model_copy(update=_changes(line, row, at_s, wall))

    @property
    def all(self) -> tuple[FaultState, ...]:
        """The newest of them, if somebody made very many."""
        return tuple(self._lines.values())[-MOST_BY_HAND:]

    @property
    def names(self) -> frozenset[str]:
        """Taken by a fault."""
        return frozenset(self._lines)

    def at(self, seconds: float) -> str:
        """The latest fault in force."""
        return next((one.name for one in reversed(self.all) if one.phase == "in force"), "") if seconds >= 0 else ""

    def left(self) -> tuple[str, ...]:
        """Names of those that are still to come."""
        return tuple(one.name for one in self._lines.values() if one.phase == "planned" and one.planned_s is not None)

    def overlapping(self, edge: str, start_s: float, end_s: float) -> FaultState | None:
        """A planned fault on that edge that would meet one from `start_s` to `end_s`."""
        for one in self._lines.values():
            if one.edge != edge or one.by_hand or one.phase not in ("planned", "in force") or one.planned_s is None:
                continue
            if one.phase == "in force" or (one.planned_s < end_s and (one.planned_end_s or 0.0) > start_s):
                return one
        return None

    def end(self) -> None:
        """The run has ended: what did not begin will not, and no countdown goes on."""
        for name, one in self._lines.items():
            phase = {"planned": "not reached", "in force": "over"}.get(one.phase, one.phase)
            self._lines[name] = one.model_copy(update={"phase": phase, "ends_unix": None})


def _changes(line: FaultState, row: Mapping[str, Any], at_s: float | None, wall: float) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if row.get("by_hand"):
        changes |= {"by_hand": True, "by": str(row.get("who", ""))}
    event = row["event"]
    if event == "asked":
        changes |= _plan(row)
    elif event == "in force":
        changes |= {"phase": "in force", "from_s": at_s}
        if line.planned_end_s is not None and at_s is not None:
            changes["ends_unix"] = round(wall + line.planned_end_s - at_s, 3)
    elif event == "seen":
        changes |= {"in_force": row.get("seen"), "evidence": str(row.get("evidence", ""))}
    elif event == "removed" or (event == "healed" and line.phase == "in force"):
        changes |= {"phase": "over", "to_s": at_s, "ends_unix": None}
    elif event in ("failed", "heal failed"):
        phase = "in force" if line.phase == "in force" else "failed"
        changes |= {"evidence": str(row.get("error", "")), "phase": phase}
    return changes


def _plan(row: Mapping[str, Any]) -> dict[str, Any]:
    start, seconds = row.get("planned_s"), row.get("for_s")
    if isinstance(start, int | float) and isinstance(seconds, int | float):
        return {"planned_s": start, "planned_end_s": start + seconds}
    return {"planned_s": start}
