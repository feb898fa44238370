"""Whose a toxic is stands in its name, so that any machine can tell, list and end it."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["OwnedName"]

_NAME = re.compile(r"harness(?P<down>-down)?_(?P<owner>[^_]*)_(?P<run>[^_]*)_(?P<deadline>\d+)_(?P<fault>.+)")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedName:
    """`harness_<owner>_<run>_<deadline>_<fault>`; the deadline in seconds since the epoch.

    `down` marks the toxic that only says who disabled the proxy. Spelled with letters, digits, `.`, `-` and `_` only: Toxiproxy cannot reach `/`.
    """

    owner: str
    run: str
    deadline: int
    fault: str
    down: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "owner", _safe(self.owner))
        object.__setattr__(self, "run", _safe(self.run))
        object.__setattr__(self, "fault", re.sub(r"[^A-Za-z0-9._-]+", "-", self.fault))

    def __str__(self) -> str:
        start = "harness-down" if self.down else "harness"
        return f"{start}_{self.owner}_{self.run}_{self.deadline}_{self.fault}"

    @classmethod
    def read(cls, name: str) -> OwnedName | None:
        """None where the toxic is not ours."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        return cls(
            owner=found["owner"],
            run=found["run"],
            deadline=int(found["deadline"]),
            fault=found["fault"],
            down=bool(found["down"]),
        )


def _safe(text: str) -> str:
    return _UNSAFE.sub("-", text) or "-"
