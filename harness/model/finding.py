"""A finding: one thing that is wrong, however often it was seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def identity_of(operation: str, check: str, signature: str) -> str:
    """The same thing has the same identity in fuzzing, pacts, load and faults, and from run to run (12 hex digits)."""
    return hashlib.sha256("\x00".join((operation, check, signature)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`signature` tells apart causes under one check (a status, a schema path) and is part of the identity.

    `at_ns` is when it was first seen, since the run's zero (None before it); `curl` reproduces it and holds no secret.
    """

    operation: str
    check: str
    signature: str
    level: Level
    source: str  # fuzz | oracle | pact | audit | diff
    message: str
    count: int = 1
    at_ns: int | None = None
    first: dict[str, object] = field(default_factory=dict)
    worst: dict[str, object] = field(default_factory=dict)
    curl: str = ""
    stage: str = ""
    fault: str = ""

    @property
    def identity(self) -> str:
        """See `identity_of`."""
        return identity_of(self.operation, self.check, self.signature)
