"""What a disturbance is on the wire, and the port that every kind fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harness.faults.toxics.units import EVERY, Share, Stream

__all__ = ["MARKER", "Toxical", "Wire", "scope_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The body of POST /proxies/P/toxics but its name. Attributes are numbers in Toxiproxy's own units, whole ones for the types known here."""

    type: str
    stream: str
    attributes: Mapping[str, float]
    toxicity: float


# Stands on a proxy that we disabled, since `enabled: false` names no owner. It hits no connection.
MARKER = Wire(type="latency", stream="downstream", attributes={"latency": 0, "jitter": 0}, toxicity=0.0)


@runtime_checkable
class Toxical(Protocol):
    """A `Disturbance` that Toxiproxy can do."""

    @property
    def kind(self) -> str:
        """See `Disturbance`."""

    @property
    def toxicity(self) -> float:
        """The share of connections that it hits."""

    def describe(self) -> str:
        """See `Disturbance`."""

    def wire(self) -> Wire | None:
        """None for a proxy that is taken down, which is no toxic."""


def scope_of(stream: Stream, toxicity: Share) -> str:
    """The tail of a description: what is not said is the usual, downstream on every connection."""
    way = ", upstream" if stream is Stream.UPSTREAM else ""
    return way if toxicity >= EVERY else f"{way}, on {toxicity} of connections"
