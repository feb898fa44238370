"""A finding: one thing that is wrong, however often it was seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


RANK = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


def identity_of(operation: str, check: str, signature: str) -> str:
    """The same thing has the same identity in fuzzing, pacts, load and faults, and from run to run (12 hex digits)."""
    return hashlib.sha256("\x00".join((operation, check, signature)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`signature` tells apart causes under one check (a status, a schema path) and is part of the identity.

    `at_ns` is when it was first seen, since the run's zero (None before it); `curl` reproduces it and holds no secret. It was sent again
    `tried` times (0: not at all), and came back `came_back` times. `accepted` says until when, where a baseline knows it. `place` and `line`
    are where it can be mended: a file as the user names it, a line from 1 (0: not known). `replay` is what sends it again.
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
    tried: int = 0
    came_back: int = 0
    accepted: str = ""
    place: str = ""
    line: int = 0
    replay: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def identity(self) -> str:
        """See `identity_of`."""
        return identity_of(self.operation, self.check, self.signature)

    @property
    def certain(self) -> bool:
        """Whether it came back whenever it was sent again; one that was never sent again is taken as seen."""
        return self.came_back == self.tried

    def gates(self, at: Level) -> bool:
        """Whether it fails a gate: new, certain, and at least as bad as `at`."""
        return not self.accepted and self.certain and RANK[self.level] <= RANK[at]
