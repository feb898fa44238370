"""Many sightings, few findings: counts per identity, with one case kept to show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.finding import RANK, Finding, Level

MAX_IDENTITIES = 300  # a server that answers with random content types must not eat our memory
OVERFLOW = "… and others"

Key = tuple[str, str, str]  # operation, check, signature


@dataclass(slots=True)
class _Sightings:
    level: Level
    count: int = 0
    told: int = 0
    message: str = ""
    at_ns: int | None = None
    first: dict[str, object] = field(default_factory=dict)
    curl: str = ""
    changed: bool = False
    from_ns: int | None = None
    to_ns: int | None = None


class Tally:
    """Sightings of one worker. `drain` gives what is new since the last call, as rows that msgpack and JSON can carry."""

    def __init__(self, max_identities: int = MAX_IDENTITIES) -> None:
        self._sightings: dict[Key, _Sightings] = {}
        self._max = max_identities

    def __len__(self) -> int:
        return len(self._sightings)

    def add(self, key: Key, level: Level, at_ns: int | None = None) -> _Sightings | None:
        """Count a sighting. The first of its identity returns a record to fill; afterwards None."""
        seen = self._sightings.get(key)
        if seen is not None:
            seen.count += 1
            if at_ns is not None:
                seen.from_ns = at_ns if seen.from_ns is None else min(seen.from_ns, at_ns)
                seen.to_ns = at_ns if seen.to_ns is None else max(seen.to_ns, at_ns)
            return None
        if len(self._sightings) >= self._max and key[2] != OVERFLOW:
            return self.add((key[0], key[1], OVERFLOW), level, at_ns)
        seen = _Sightings(level=level, count=1, changed=True, from_ns=at_ns, to_ns=at_ns)
        self._sightings[key] = seen
        return seen

    def may_shorten(self, key: Key, size: int) -> bool:
        """Whether a case of about so many characters can be smaller than the one that is kept: spares building what would be thrown away."""
        seen = self._sightings.get(key)
        return seen is not None and (not seen.curl or size < len(seen.curl))

    def shorten(self, key: Key, curl: str, first: Callable[[], dict[str, object]]) -> bool:
        """Keep a smaller case of what was seen before; a smaller one is easier to understand."""
        seen = self._sightings.get(key)
        if seen is None or not curl or len(curl) >= len(seen.curl or curl + " "):
            return False
        seen.curl, seen.first, seen.changed = curl, first(), True
        return True

    def drain(self) -> list[dict[str, object]]:
        """A row per identity that was seen again: the count since the last row; its case only when that is new."""
        rows: list[dict[str, object]] = []
        for (operation, check, signature), seen in self._sightings.items():
            if seen.count == seen.told and not seen.changed:
                continue
            row: dict[str, object] = {
                "kind": "finding",
                "operation": operation,
                "check": check,
                "signature": signature,
                "level": seen.level.value,
                "count": seen.count - seen.told,
            }
            if seen.changed:
                row |= {"message": seen.message, "at_ns": seen.at_ns, "first": seen.first, "curl": seen.curl}
            if seen.from_ns is not None:
                row |= {"from_ns": seen.from_ns, "to_ns": seen.to_ns}
            seen.told, seen.changed, seen.from_ns, seen.to_ns = seen.count, False, None, None
            rows.append(row)
        return rows


def merge_findings(
    rows: Iterable[Mapping[str, Any]],
    locate: Callable[[int], tuple[str, str]] | None = None,
    *,
    source: str = "oracle",
    made_by: Callable[[int, int], str] = lambda _from, _to: "",
) -> list[Finding]:
    """Rows of all workers become findings, worst first. `locate` tells the stage and the fault in force at a time since zero.

    The earliest sighting gives the case that is shown. `made_by` names the fault that made what was seen between two times, such as a status that
    a proxy before the service gave: what was only ever seen so is a note, for the service has no part in it.
    """
    merged: dict[Key, dict[str, Any]] = {}
    makers: dict[Key, str] = {}
    for row in rows:
        if row.get("kind") != "finding":
            continue
        key = (row["operation"], row["check"], row["signature"])
        maker = made_by(row["from_ns"], row["to_ns"]) if row.get("from_ns") is not None else ""
        known = merged.setdefault(key, {"level": row["level"], "count": 0, "own": 0})
        known["count"] += row["count"]
        known["own"] += 0 if maker else row["count"]
        makers[key] = maker or makers.get(key, "")
        if "message" in row and _is_earlier(row, known):
            known |= {name: row[name] for name in ("message", "at_ns", "first", "curl")}
    findings = [_finding(key, _blamed(known, makers[key]), locate, source) for key, known in merged.items()]
    return sorted(findings, key=lambda f: (RANK[f.level], -f.count, f.operation, f.check, f.signature))


def _blamed(known: dict[str, Any], maker: str) -> dict[str, Any]:
    if known["own"]:
        return {**known, "count": known["own"]}
    if not maker:
        return known
    said = f"Made by the fault {maker} on the way, not by the service: {known.get('message', '')}"
    return {**known, "level": Level.NOTE.value, "message": said}


def _is_earlier(row: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Without times (fuzzing) the later row is the smaller case."""
    if "message" not in known or row["at_ns"] is None or known["at_ns"] is None:
        return True
    return bool(row["at_ns"] < known["at_ns"])


def _finding(
    key: Key, known: Mapping[str, Any], locate: Callable[[int], tuple[str, str]] | None, source: str
) -> Finding:
    at_ns = known.get("at_ns")
    stage, fault = locate(at_ns) if locate is not None and at_ns is not None else ("", "")
    return Finding(
        operation=key[0],
        check=key[1],
        signature=key[2],
        level=Level(known["level"]),
        source=source,
        message=known.get("message", ""),
        count=known["count"],
        at_ns=at_ns,
        first=dict(known.get("first", {})),
        curl=known.get("curl", ""),
        stage=stage,
        fault=fault,
    )
