"""A probe: a number that clients can't see, asked for through the run; and what it said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model.quantity import show_duration

ProbeKind = Literal["prometheus", "http", "command", "alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Asked every `every` seconds, given up after `timeout`.

    `ask` is a PromQL query, a URL, a command line, or an alert's name; `url` is the server that a query or an alert is asked of.
    `read` says where the number stands in an HTTP answer: `body`, `status`, `seconds` (how long it took), `json PATH`, `metric NAME`.
    """

    name: str
    kind: ProbeKind
    ask: str
    url: str = ""
    read: str = "body"
    every: float = 1.0
    timeout: float = 2.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: str = ""

    def describe(self) -> str:
        """In a few words."""
        what = f"{self.ask} of {self.url}" if self.url else self.ask
        return f"{self.kind} {what}, every {show_duration(self.every)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a probe said at `t_ns` nanoseconds since zero (when it was asked); None, with the reason, where it said nothing.

    `took_ns` is how long it took to say so; 0 where that is not known.
    """

    t_ns: int
    probe: str
    value: float | None
    error: str = ""
    took_ns: int = 0

    @property
    def at(self) -> float:
        """Seconds since zero."""
        return self.t_ns / 1e9

    @property
    def told_at(self) -> float:
        """Seconds since zero at which it had said so."""
        return (self.t_ns + self.took_ns) / 1e9

    def to_row(self) -> dict[str, object]:
        """As a line of `probes.jsonl`."""
        row: dict[str, object] = {"t_ns": self.t_ns, "probe": self.probe, "value": self.value}
        if self.took_ns:
            row["took_ns"] = self.took_ns
        return {**row, "error": self.error} if self.error else row

    @classmethod
    def from_row(cls, row: Mapping[str, object]) -> Sample:
        """From such a line. Raises ValueError or KeyError for one that is none."""
        value = row["value"]
        return cls(
            t_ns=int(str(row["t_ns"])),
            probe=str(row["probe"]),
            value=None if value is None else float(str(value)),
            error=str(row.get("error", "")),
            took_ns=int(str(row.get("took_ns", 0))),
        )
