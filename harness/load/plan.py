"""What one load process is told to do: a value that travels to it as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any

from harness.load.stages import stage_from_message, stage_to_message
from harness.model.call import Call, calls_from_message, calls_to_message
from harness.model.data import DataFile
from harness.model.detour import Detour
from harness.model.operation import Operation
from harness.model.profile import Profile

__all__ = ["LoadPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """`users` caps the pool of an open profile, `room` the arrivals that may wait for one of them in a load process.
    `headers` go on every request to `host` that lacks them.

    `run` and `worker` prefix idempotency keys. After the last arrival, open requests get `drain_s` seconds before they
    count as unanswered. `secrets` (value -> `$NAME`) are kept out of the texts of failures. `calls` are those of a load
    without a locustfile. `detour` leads connections to `host` through an edge. `observers` is the spec from which the entry point builds them;
    msgpack must be able to carry it.
    """

    locustfile: Path
    host: str
    profile: Profile
    run: str
    users: int = 1000
    room: int = 100_000
    seed: int = 0
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    user_classes: tuple[str, ...] = ()
    worker: int = 0
    workers: int = 1
    operations: tuple[Operation, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify_tls: bool | str = True
    drain_s: float = 5.0
    observers: Mapping[str, object] = field(default_factory=dict, repr=False)
    data: DataFile | None = None
    calls: tuple[Call, ...] = ()
    timings: bool = False
    samples: bool = False
    detour: Detour | None = None

    @property
    def token(self) -> str:
        """The bearer token among the headers, or nothing."""
        value = next((v for k, v in self.headers.items() if k.lower() == "authorization"), "")
        scheme, _, token = value.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def to_message(self) -> dict[str, object]:
        """As plain data; `from_message` reads it back."""
        return {
            "locustfile": str(self.locustfile),
            "host": self.host,
            "stages": [stage_to_message(stage) for stage in self.profile.stages],
            "run": self.run,
            "users": self.users,
            "room": self.room,
            "seed": self.seed,
            "tags": list(self.tags),
            "exclude_tags": list(self.exclude_tags),
            "user_classes": list(self.user_classes),
            "worker": self.worker,
            "workers": self.workers,
            "operations": [asdict(operation) for operation in self.operations],
            "headers": dict(self.headers),
            "secrets": dict(self.secrets),
            "timings": self.timings,
            "samples": self.samples,
            "verify_tls": self.verify_tls,
            "drain_s": self.drain_s,
            "observers": dict(self.observers),
            "calls": calls_to_message(self.calls),
            "detour": astuple(self.detour) if self.detour else None,
            "data": {"path": str(self.data.path), "at_end": self.data.at_end} if self.data else None,
        }

    @classmethod
    def from_message(cls, message: Mapping[str, object]) -> LoadPlan:
        """From plain data, as `to_message` made it in a process of the same version."""
        values = dict(message)
        stages = values.pop("stages")
        operations = values.pop("operations")
        data: Any = values.pop("data", None)
        calls: Any = values.pop("calls", [])
        detour: Any = values.pop("detour", None)
        assert isinstance(stages, list)
        assert isinstance(operations, list)
        for name in ("tags", "exclude_tags", "user_classes"):
            values[name] = tuple(values[name])  # type: ignore[arg-type]
        return cls(
            **{  # type: ignore[arg-type]
                **values,
                "locustfile": Path(str(values["locustfile"])),
                "profile": Profile(tuple(stage_from_message(stage) for stage in stages)),
                "operations": tuple(Operation(**{**o, "tags": tuple(o["tags"])}) for o in operations),
                "data": DataFile(Path(data["path"]), data["at_end"]) if data else None,
                "detour": Detour(*detour) if detour else None,
                "calls": calls_from_message(calls),
            }
        )
