"""A fault: a disturbance put on an edge at a time, for a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from harness.model.quantity import parse_duration, show_duration

NOWHERE = "-"
"""The edge of a fault that names none: what a command does."""

_ANCHOR = re.compile(r"(?P<offset>\S+?)(?:\s+(?P<side>into|after)\s+(?P<name>\S+))?$")


@dataclass(frozen=True, slots=True)
class Anchor:
    """When: `offset` seconds since zero, or `into` a stage or fault, or `after` its end."""

    offset: float
    side: str = ""
    name: str = ""

    @classmethod
    def parse(cls, text: object) -> Anchor:
        """From `45s`, `10s into steady-load`, `2s after gone`. Raises ValueError."""
        found = _ANCHOR.fullmatch(text.strip()) if isinstance(text, str) else None
        if not found:
            raise ValueError(f"{text!r} is not a time; write 45s, 10s into STAGE or 2s after FAULT")
        return cls(parse_duration(found["offset"]), found["side"] or "", found["name"] or "")

    def __str__(self) -> str:
        return " ".join(part for part in (show_duration(self.offset), self.side, self.name) if part)


class Disturbance(Protocol):
    """What is done to an edge. `harness.faults` has one frozen value per kind."""

    @property
    def kind(self) -> str:
        """`latency`, `timeout`, `reset`, `down`, ..."""

    def describe(self) -> str:
        """In a few words with units, such as `+800 ms ± 100 ms`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`duration` in seconds; every fault has an end. A toxicity below 1 hits that share of connections."""

    name: str
    edge: str
    disturbance: Disturbance
    at: Anchor
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEffect:
    """How one operation took a fault, as in FaultRecord. `steady_p95_ms` is the latency up to which its windows count as steady."""

    name: str
    detection_s: float | None = None
    recovery_s: float | None = None
    recovery_censored: bool = False
    recovery_uncertainty_s: float = 0.25
    steady_p95_ms: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """What became of a fault. Times are seconds since zero; None where it did not happen.

    It was surely in force from `from_s` to `healing_s`, when its healing began, and surely gone from `to_s` on.

    `in_force` is what the canary saw: True, False, or None where no probe could tell. `recovery_s` is None while unknown. Where
    `recovery_censored` says that the next fault or the run's end came before the service was back, it is the least it was; else the
    most it was, known to `recovery_uncertainty_s`, which counts what other faults had of it. All three are of all operations pooled.
    `windows` are the stretches in force of a fault that came and went; empty for one stretch, from `from_s` to `to_s`.
    """

    name: str
    edge: str
    kind: str
    describe: str
    asked_s: float
    from_s: float | None = None
    healing_s: float | None = None
    to_s: float | None = None
    in_force: bool | None = None
    evidence: str = ""
    healed: bool = False
    recovery_s: float | None = None
    recovery_censored: bool = False
    recovery_uncertainty_s: float = 0.25
    detection_s: float | None = None
    operations: tuple[OperationEffect, ...] = ()
    windows: tuple[tuple[float, float | None], ...] = ()
