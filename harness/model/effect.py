"""What requests ask a service to keep, and how the service is asked in the end whether it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

IDEMPOTENCY_KEY = "header Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Each request of `operation` asks for one effect of a `kind`, such as `order`.

    `operation` is a name, `METHOD /path` or a glob. `key` says where a request carries what tells its effect from all others:
    `header NAME`, `body /json/pointer`, or `path`.
    """

    operation: str
    kind: str
    key: str = IDEMPOTENCY_KEY

    @property
    def header(self) -> str:
        """The header that carries the key; empty where it stands elsewhere."""
        where, _, name = self.key.partition(" ")
        return name if where == "header" else ""

    def to_row(self) -> dict[str, str]:
        """As plain data, which msgpack can carry."""
        return {"operation": self.operation, "kind": self.kind, "key": self.key}

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> Effect:
        """What `to_row` made."""
        return cls(operation=row["operation"], kind=row["kind"], key=row["key"])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRead:
    """Who says what is kept: a `command` that prints it, run in `folder`, or a `url` that answers it. `timeout` seconds for each asking."""

    command: str = ""
    url: str = ""
    folder: str = "."
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAudit:
    """How a target's data are audited. The read is asked again for `rest` seconds, until the service says that nothing is under way."""

    effects: tuple[Effect, ...]
    read: KeptRead
    rest: float = 20.0

    @property
    def kinds(self) -> tuple[str, ...]:
        """Each once, in their order."""
        return tuple(dict.fromkeys(effect.kind for effect in self.effects))
