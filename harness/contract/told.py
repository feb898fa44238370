"""What the children of a check have said so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.contract.statuses.send import Heard
from harness.contract.statuses.visit import Visit
from harness.contract.statuses.witness import Witness, Witnesses
from harness.contract.tally import merge_findings
from harness.model.finding import Finding

Key = tuple[str, str, str]
STATUSES = "statuses"  # the phase that is ours, after the engine's


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRun:
    """One phase of the engine; `why` says what it was skipped for."""

    name: str
    status: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where it stands. `fresh` are the rows since the last time (`finding`, `seen`, `exercised`), for whoever shows them as they come."""

    phase: str
    cases: int
    findings: int
    fresh: tuple[Mapping[str, Any], ...] = ()


class Told:
    """Rows of all children, each from a thread of its own."""

    def __init__(self, on_progress: Callable[[Progress], None] = lambda _: None) -> None:
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._cases: dict[int, int] = {}
        self._tried: dict[Key, list[tuple[int, int]]] = {}
        self._replays: dict[Key, Mapping[str, object]] = {}
        self._kinds: set[Key] = set()
        self._fresh: list[dict[str, Any]] = []
        self._heard = 0
        self.rows: list[dict[str, Any]] = []
        self.phases: list[PhaseRun] = []
        self.untested: list[str] = []
        self.limited: list[tuple[str, float]] = []
        self.replayed: list[dict[str, Any]] = []
        self.refused = ""
        self.ends: list[dict[str, Any]] = []
        self.witnesses = Witnesses()

    @property
    def cases(self) -> int:
        """Sent so far."""
        return sum(self._cases.values())

    def take(self, child: int, row: dict[str, Any]) -> None:
        """One row of one child."""
        with self._lock:
            self._take(child, row)

    def _take(self, child: int, row: dict[str, Any]) -> None:
        match row["kind"]:
            case "finding" | "seen" | "exercised":
                self._keep(row)
            case "case":
                self._replays[_key(row)] = row["replay"]
            case "confirmed":
                self._tried.setdefault(_key(row), []).append((row["tried"], row["came_back"]))
            case "phase":
                self.phases.append(PhaseRun(name=row["name"], status=row["status"], why=row["why"]))
            case "progress":
                self._cases[child] = row["cases"]
                self._say(row["phase"])
            case _:
                self._aside(row)

    def _aside(self, row: dict[str, Any]) -> None:
        match row["kind"]:
            case "limited":
                self.limited.append((row["operation"], row["seconds"]))
            case "trouble":
                self.untested.append(f"{row['operation']}: {row['title']}: {row['message']}")
            case "replayed":
                self.replayed.append(row)
            case "refused":
                self.refused = row["operation"]
            case "witness":
                self.witnesses.add(Witness.from_row(row))
            case "end":
                self.ends.append(row)

    def _keep(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        self._fresh.append(row)
        if row["kind"] == "finding":
            self._kinds.add((row["operation"], row["check"], row["signature"]))

    def _say(self, phase: str) -> None:
        fresh, self._fresh = tuple(self._fresh), []
        self._on_progress(Progress(phase=phase, cases=self.cases, findings=len(self._kinds), fresh=fresh))

    def take_heard(self, heard: Heard) -> None:
        """What asking for the statuses that were missing has shown so far."""
        with self._lock:
            for row in heard.rows[self._heard :]:
                self._keep(row)
            self._heard, self._cases[-1] = len(heard.rows), heard.sent
            self._say(STATUSES)

    def take_visit(self, visit: Visit) -> None:
        """All that asking for them has shown."""
        self.take_heard(visit.heard)
        with self._lock:
            self.phases.append(PhaseRun(name=STATUSES, status="success"))
            self.untested += visit.heard.trouble
            self._cases[-1] = visit.cases
            for key, replay in visit.heard.replays.items():
                if key not in self._replays:
                    self._replays[key] = replay
                    self._tried.setdefault(key, []).append(visit.heard.tried.get(key, (0, 0)))

    def findings(self, mend: Callable[[Finding], Finding] = lambda one: one) -> Iterator[Finding]:
        """Worst first, each with how often it came back and what sends it again."""
        for one in merge_findings(self.rows, source="fuzz"):
            key = (one.operation, one.check, one.signature)
            tried = self._tried.get(key, [])
            yield mend(
                replace(
                    one,
                    tried=sum(t for t, _ in tried),
                    came_back=sum(back for _, back in tried),
                    replay=self._replays.get(key, {}),
                )
            )

    def statuses(self) -> dict[str, dict[int, int]]:
        """operation -> status -> answers."""
        found: dict[str, dict[int, int]] = {}
        for row in self._seen():
            by_status = found.setdefault(row["operation"], {})
            by_status[row["status"]] = by_status.get(row["status"], 0) + row["n"]
        return found

    def exercised(self) -> dict[str, tuple[str, ...]]:
        """operation -> what of its parameters, fields and media types was exercised."""
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows:
            if row["kind"] == "exercised":
                found[row["operation"]] = (*found.get(row["operation"], ()), *row["items"])
        return found

    def _seen(self) -> Iterable[dict[str, Any]]:
        return (row for row in self.rows if row["kind"] == "seen")


def _key(row: Mapping[str, Any]) -> Key:
    operation, check, signature = row["key"]
    return operation, check, signature
