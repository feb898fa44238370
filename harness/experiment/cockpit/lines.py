"""The faults of a run as lines to show, from the rows of `faults.jsonl` as they come. Reads no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.faults.toxics import Flap, Toxical
from harness.model import Fault, Timeline
from harness.ui.state import FaultState

MOST_BY_HAND = 500
_BEGUN = ("in force", "between")
_SLACK_S = 0.02  # a window begins a little late


@dataclass(slots=True)
class FaultLines:
    """In the scenario's order, then by hand in the order of their start."""

    _lines: dict[str, FaultState] = field(default_factory=dict)
    _run_only: set[str] = field(default_factory=set)  # no toxic, so nobody but their run can end them

    @classmethod
    def planned(cls, faults: Iterable[Fault], timeline: Timeline) -> FaultLines:
        """Before anything happened."""
        lines = cls()
        for fault in faults:
            span = timeline.span(fault.name)
            if not isinstance(getattr(fault.disturbance, "inner", fault.disturbance), Toxical):
                lines._run_only.add(fault.name)
            lines._lines[fault.name] = FaultState(
                name=fault.name,
                edge=fault.edge,
                kind=fault.disturbance.kind,
                describe=fault.disturbance.describe(),
                planned_s=span.start if span else None,
                planned_end_s=span.end if span else None,
                every_s=every_s(fault),
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
        """Names of the scenario's faults that are still to come, for the first time or again."""
        return tuple(
            one.name
            for one in self._lines.values()
            if (one.phase == "planned" and one.planned_s is not None)
            or (not one.by_hand and (one.phase == "between" or (one.phase == "in force" and _comes_back(one))))
        )

    def held_by_run(self) -> tuple[str, ...]:
        """Names of the scenario's faults in force that end with their run alone: of processes, of HTTP, of commands."""
        return tuple(one.name for one in self._lines.values() if one.phase == "in force" and one.name in self._run_only)

    def overlapping(self, edge: str, start_s: float, end_s: float) -> FaultState | None:
        """A planned fault on that edge that would meet one from `start_s` to `end_s`."""
        for one in self._lines.values():
            if one.edge != edge or one.by_hand or one.phase not in ("planned", *_BEGUN) or one.planned_s is None:
                continue
            if one.phase in _BEGUN or (one.planned_s < end_s and (one.planned_end_s or 0.0) > start_s):
                return one
        return None

    def close(self, names: Iterable[str]) -> None:
        """They were ended by hand: none comes back."""
        for name in names:
            if (one := self._lines.get(name)) is not None and one.phase in _BEGUN:
                self._lines[name] = one.model_copy(update={"phase": "over", "ends_unix": None})

    def end(self) -> None:
        """The run has ended: what did not begin will not, and no countdown goes on."""
        for name, one in self._lines.items():
            phase = {"planned": "not reached", "in force": "over", "between": "over"}.get(one.phase, one.phase)
            self._lines[name] = one.model_copy(update={"phase": phase, "ends_unix": None})


def every_s(fault: Fault) -> float | None:
    """The period of a fault that flaps."""
    return fault.disturbance.every if isinstance(fault.disturbance, Flap) else None


def _comes_back(line: FaultState) -> bool:
    """Whether another window of one that flaps begins before its end."""
    if line.every_s is None or not line.windows or line.planned_end_s is None:
        return False
    return line.windows[-1][0] + line.every_s < line.planned_end_s - _SLACK_S


def _changes(line: FaultState, row: Mapping[str, Any], at_s: float | None, wall: float) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if row.get("by_hand"):
        changes |= {"by_hand": True, "by": str(row.get("who", "")), "every_s": row.get("every_s")}
    event = row["event"]
    if event == "asked":
        changes |= _plan(row)
    elif event == "in force":
        changes |= _began(line, at_s, wall)
    elif event == "seen":
        changes |= {"in_force": row.get("seen"), "evidence": str(row.get("evidence", ""))}
    elif event == "removed" or (event == "healed" and line.phase == "in force" and not line.windows):
        changes |= _ended(line, at_s)
    elif event in ("failed", "heal failed"):
        phase = "in force" if line.phase == "in force" else "failed"
        changes |= {"evidence": str(row.get("error", "")), "phase": phase}
    return changes


def _began(line: FaultState, at_s: float | None, wall: float) -> dict[str, Any]:
    changes: dict[str, Any] = {"phase": "in force", "from_s": at_s, "to_s": None}
    if line.planned_end_s is not None and at_s is not None:
        changes["ends_unix"] = round(wall + line.planned_end_s - at_s, 3)
    if line.every_s is not None and at_s is not None:
        changes |= {"windows": (*line.windows, (at_s, None)), "from_s": at_s if line.from_s is None else line.from_s}
    return changes


def _ended(line: FaultState, at_s: float | None) -> dict[str, Any]:
    changes: dict[str, Any] = {"phase": "over", "to_s": at_s, "ends_unix": None}
    if line.windows:
        changes["windows"] = (*line.windows[:-1], (line.windows[-1][0], at_s))
    if _comes_back(line):
        changes |= {"phase": "between", "ends_unix": line.ends_unix}
    return changes


def _plan(row: Mapping[str, Any]) -> dict[str, Any]:
    start, seconds = row.get("planned_s"), row.get("for_s")
    if isinstance(start, int | float) and isinstance(seconds, int | float):
        return {"planned_s": start, "planned_end_s": start + seconds}
    return {"planned_s": start}
