"""Coverage of every kind, and by whom: fuzzing, pacts, load."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.contract.coverage import documented_statuses, written_as
from harness.contract.description import Description
from harness.contract.exercise import Exercise, documented_items
from harness.contract.pact_file import ABSENT, PactFile

KINDS = ("operations", "statuses", "parameters", "fields", "media-types")
WORDS = {"fields": "body fields", "media-types": "media types"}
_OPENS = {"parameters": "parameter ", "fields": "field ", "media-types": "media type "}
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCoverage:
    """`documented` are `operation item`s; `seen` says of each that was exercised, by whom."""

    kind: str
    documented: frozenset[str]
    seen: Mapping[str, frozenset[str]]

    @property
    def share(self) -> float:
        """Exercised of documented; 1 where nothing of this kind is documented, for then nothing is missing."""
        return len(self.seen) / len(self.documented) if self.documented else 1.0

    @property
    def missing(self) -> tuple[str, ...]:
        """Never seen, sorted."""
        return tuple(sorted(self.documented - self.seen.keys()))

    @property
    def words(self) -> str:
        """What they are called in a sentence."""
        return WORDS.get(self.kind, self.kind)

    def count_by(self, who: str) -> int:
        """How many one of them exercised."""
        return sum(who in by for by in self.seen.values())


@dataclass(frozen=True, slots=True)
class Documented:
    """All that a description documents. In one of many megabytes, reading it takes seconds: whoever asks often keeps it."""

    statuses: Mapping[str, Sequence[str]]
    by_kind: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, description: Description) -> Documented:
        """Read all of it."""
        statuses, items = documented_statuses(description), documented_items(description)
        documented: dict[str, set[str]] = {kind: set() for kind in KINDS}
        documented["operations"] = set(statuses)
        documented["statuses"] = {f"{name} {status}" for name, every in statuses.items() for status in every}
        for name, every in items.items():
            for item in every:
                documented[_kind_of(item)].add(f"{name} {_short(item)}")
        return cls(statuses, {kind: frozenset(some) for kind, some in documented.items()})


def coverage_by(
    description: Description, told: Mapping[str, Rows], known: Documented | None = None
) -> tuple[KindCoverage, ...]:
    """Of each kind, from rows (`seen`: operation, status; `exercised`: operation, items) of each who exercised. `known` is what `description`
    documents, if it was read before."""
    known = known or Documented.of(description)
    statuses, documented = known.statuses, known.by_kind
    seen: dict[str, dict[str, set[str]]] = {kind: {} for kind in KINDS}
    for who, rows in told.items():
        for kind, item in _exercised(rows, statuses):
            if item in documented[kind]:
                seen[kind].setdefault(item, set()).add(who)
    return tuple(
        KindCoverage(
            kind=kind,
            documented=documented[kind],
            seen={item: frozenset(by) for item, by in seen[kind].items()},
        )
        for kind in KINDS
    )


def _exercised(rows: Rows, statuses: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        name = str(row.get("operation"))
        if row.get("kind") == "seen" and name in statuses:
            yield "operations", name
            written = written_as(int(row["status"]), statuses[name]) if row["status"] else None
            if written:
                yield "statuses", f"{name} {written}"
        elif row.get("kind") == "exercised":
            for item in row["items"]:
                yield _kind_of(item), f"{name} {_short(item)}"


def rows_of_pacts(
    description: Description, pacts: Iterable[tuple[PactFile, Sequence[bool]]]
) -> list[dict[str, object]]:
    """What verified interactions exercised; the flags say which of them the provider kept (of the others the answer is not known)."""
    exercise, rows = Exercise(description), list[dict[str, object]]()
    for pact, kept in pacts:
        for one, holds in zip(pact.interactions, kept, strict=True):
            path = one.path.partition("?")[0]
            operation = description.operations.match(one.method, path) or description.operations.match(
                one.method, description.base_path + path
            )
            if not one.method or operation is None:
                continue
            status = one.status if holds else 0
            rows.append({"kind": "seen", "operation": operation.name, "status": status, "n": 1})
            exercise.note(
                operation.name,
                url=one.path,
                request_headers=one.headers,
                request_body=one.body.encode(),
                status=status,
                content_type=one.answer_headers.get("content-type", "application/json"),
                body=_bytes(one.answer),
            )
    return rows + exercise.drain()


def _bytes(answer: Any) -> bytes:
    return b"" if answer is ABSENT or isinstance(answer, str) else json.dumps(answer).encode()


def _kind_of(item: str) -> str:
    return next(kind for kind, opening in _OPENS.items() if item.startswith(opening))


def _short(item: str) -> str:
    return item[len(_OPENS[_kind_of(item)]) :]
