"""What an oracle is built from, on whatever worker it will stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contract.description import Description

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleSpec:
    """`operations` are resolved names. `secrets` (value -> `$NAME`) keep credentials out of what is shown."""

    document: bytes = field(repr=False)
    source: str
    target_url: str
    operations: tuple[str, ...]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, description: Description, spellings: Iterable[str] = (ALL,), *, secrets: Mapping[str, str] | None = None
    ) -> OracleSpec:
        """`all`, or any spelling of an operation. Raises BadInput with the nearest name."""
        wanted: dict[str, None] = {}
        for spelling in spellings:
            found = (
                description.operations.resolve("*" if spelling == ALL else spelling)
                if len(description.operations)
                else ()
            )
            wanted.update(dict.fromkeys(found))
        return cls(
            document=description.raw,
            source=description.source,
            target_url=description.base_url,
            operations=tuple(wanted),
            secrets=dict(secrets or {}),
        )

    def to_row(self) -> dict[str, Any]:
        """As msgpack carries it."""
        return {
            "document": self.document,
            "source": self.source,
            "target_url": self.target_url,
            "operations": list(self.operations),
            "secrets": dict(self.secrets),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> OracleSpec:
        """The inverse of `to_row`."""
        return cls(
            document=row["document"],
            source=row["source"],
            target_url=row["target_url"],
            operations=tuple(row["operations"]),
            secrets=row["secrets"],
        )
