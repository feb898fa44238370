"""A fault that was made, and whether it still stood as it was made when it was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toxiproxy.toxic import Toxic

from harness.faults.known import Known
from harness.faults.promises import Promised
from harness.faults.toxics.wire import Wire
from harness.model import Fault

__all__ = ["InForce", "tampered"]

_FLOAT32 = 1e-6  # toxicity travels as a 32-bit float


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A fault that was made and read back. `listen` is where the edge's clients connect."""

    fault: Fault
    proxy: str
    toxic: str
    listen: str
    wire: Wire | None
    known: Known
    promise: Promised

    @property
    def about(self) -> Mapping[str, object]:
        """See `Made`."""
        return {"proxy": self.proxy, "toxic": self.toxic}


def tampered(made: InForce, was: Known, *, we_disabled: bool) -> str:
    """What somebody else changed while it was in force, so that it had another effect than was asked; empty where nothing was."""
    before, now = made.known.proxy, was.proxy
    if now.listen != before.listen or now.upstream != before.upstream:
        return f"somebody changed proxy `{made.proxy}` to listen on {now.listen} before {now.upstream}"
    if made.wire is None:
        return ""
    if not now.enabled and not we_disabled:
        return f"somebody disabled proxy `{made.proxy}`, so that no connection reached the toxic"
    toxic = was.toxics.get(made.toxic)
    if toxic is not None and not _stands(made.wire, toxic):
        return f"somebody changed the toxic to {toxic.attributes} on {float(toxic.toxicity):g} of connections"
    return ""


def _stands(wire: Wire, toxic: Toxic) -> bool:
    return (
        toxic.stream == wire.stream
        and {name: toxic.attributes.get(name) for name in wire.attributes} == dict(wire.attributes)
        and abs(float(toxic.toxicity) - wire.toxicity) <= _FLOAT32
    )
