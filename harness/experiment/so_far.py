"""What generated requests have shown until now, while they are still being sent. The result of the check takes its place."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contract import Progress, merge_findings
from harness.model import Finding

Key = tuple[str, str, str]


@dataclass(slots=True)
class SoFar:
    """Grows with each word of the check, by as much as is new. Any thread may call."""

    phase: str = ""
    cases: int = 0
    _found: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _seen: dict[tuple[str, int], int] = field(default_factory=dict)
    _items: dict[str, set[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, now: Progress) -> tuple[Finding, ...]:
        """Add what is new; returns the findings that are new, or were seen more often, as they stand."""
        with self._lock:
            self.phase, self.cases = now.phase, now.cases
            changed = dict.fromkeys(key for row in now.fresh if (key := self._add(row)) is not None)
            return tuple(one for key in changed for one in merge_findings([self._found[key]], source="fuzz"))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, worst first."""
        with self._lock:
            return tuple(merge_findings(self._found.values(), source="fuzz"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was exercised, as coverage counts it."""
        with self._lock:
            seen = [{"kind": "seen", "operation": o, "status": s, "n": n} for (o, s), n in self._seen.items()]
            items = [{"kind": "exercised", "operation": o, "items": tuple(i)} for o, i in self._items.items()]
        return [*seen, *items]

    def _add(self, row: Mapping[str, Any]) -> Key | None:
        match row["kind"]:
            case "seen":
                at = (str(row["operation"]), int(row["status"]))
                self._seen[at] = self._seen.get(at, 0) + int(row["n"])
            case "exercised":
                self._items.setdefault(str(row["operation"]), set()).update(row["items"])
            case "finding":
                key = (row["operation"], row["check"], row["signature"])
                known = self._found.get(key)
                count = row["count"] + (known["count"] if known else 0)
                self._found[key] = {**(known or {}), **row, "count": count}
                return key
        return None
