"""A change between two descriptions that somebody may feel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.model.finding import Level

SERVICE = ""  # stands for an operation's name where the service as a whole changed
Part = Literal["operation", "parameter", "request", "response", "schema"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What a change touches, so that it can be told who relies on it.

    `name` is a parameter's (as `query limit`), a status or a media type; `path` leads into a body, as `/items/*/price`;
    `**` is any number of steps. `missing` says
    that those are hurt who do *not* send it (a new required field).
    """

    part: Part
    name: str = ""
    path: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`rule` is oasdiff's identifier where it has the rule, so that its documentation serves. `place` is a JSON pointer into the new
    document, into the old one for what was removed. `felt` says which operations feel it, and where; `consumers` are those whose pacts rely
    on it."""

    rule: str
    level: Level
    felt: tuple[tuple[str, Touch], ...]
    place: tuple[str, ...]
    message: str
    removed: bool = False
    consumers: tuple[str, ...] = ()

    @property
    def operations(self) -> tuple[str, ...]:
        """Each once; `SERVICE` is the service as a whole."""
        return tuple(dict.fromkeys(name for name, _ in self.felt))

    @property
    def pointer(self) -> str:
        """`/paths/~1items/get` (RFC 6901)."""
        return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in self.place)
