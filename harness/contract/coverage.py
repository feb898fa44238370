"""What of a description was exercised, and what was never seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.description import GRAPHQL, Description, each_operation, operation_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Operations and documented statuses: `(operation, status as written)`, such as `("read_item", "200")` or `("x", "4XX")`."""

    operations: frozenset[str]
    operations_seen: frozenset[str]
    statuses: frozenset[tuple[str, str]]
    statuses_seen: frozenset[tuple[str, str]]

    @property
    def of_operations(self) -> float:
        """Share exercised; 0 where nothing is described."""
        return len(self.operations_seen) / len(self.operations) if self.operations else 0.0

    @property
    def of_statuses(self) -> float:
        """Share of documented statuses seen; 0 where none is documented."""
        return len(self.statuses_seen) / len(self.statuses) if self.statuses else 0.0

    @property
    def never_seen(self) -> tuple[str, ...]:
        """`operation status`, sorted."""
        return tuple(sorted(f"{name} {status}" for name, status in self.statuses - self.statuses_seen))


def coverage(description: Description, rows: Iterable[Mapping[str, Any]]) -> Coverage:
    """Fold `seen` rows (operation, status, n) of a fuzzer or of oracles into what was exercised."""
    documented = documented_statuses(description)
    seen_operations, seen_statuses = set(), set()
    for row in rows:
        name = row.get("operation")
        if row.get("kind") != "seen" or name not in documented:
            continue
        seen_operations.add(str(name))
        written = written_as(int(row["status"]), documented[str(name)])
        if written:
            seen_statuses.add((str(name), written))
    return Coverage(
        operations=frozenset(documented),
        operations_seen=frozenset(seen_operations),
        statuses=frozenset((name, status) for name, all_of in documented.items() for status in all_of),
        statuses_seen=frozenset(seen_statuses),
    )


def documented_statuses(description: Description) -> dict[str, tuple[str, ...]]:
    """Per operation, the keys of its `responses` as written: `200`, `4XX`, `default`."""
    if description.kind == GRAPHQL:
        return {operation.name: ("200",) for operation in description.operations}
    found: dict[str, tuple[str, ...]] = {}
    for path, method, about in each_operation(description.document):
        if isinstance(about, dict):
            responses = about.get("responses")
            keys = (
                tuple(str(key) for key in responses if not str(key).startswith("x-"))
                if isinstance(responses, dict)
                else ()
            )
            found[operation_name(method, description.base_path + path, about)] = keys
    return found


def written_as(status: int, documented: Iterable[str]) -> str | None:
    """Which key of `responses` stands for a status: the exact one, else its range, else `default` (OpenAPI, Responses Object)."""
    keys = {key.upper(): key for key in documented}
    for spelling in (str(status), f"{status // 100}XX", "DEFAULT"):
        if spelling in keys:
            return keys[spelling]
    return None
