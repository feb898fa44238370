"""The port through which others watch the load: the oracle and the audit's recorder are observers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.model.window import Outcome


@dataclass(slots=True)
class Exchange:
    """One request as the client saw it. Stamps are ns since the run's zero; `status` is 0 where no answer came.

    `user` numbers the logical process: it changes after an answer that left the effect open (`info`).
    Header names are lower case. Nobody changes one: it is not frozen, since `harness.load` makes it for each answer (0.6 us; else 2.9).
    """

    operation: str
    method: str
    url: str
    outcome: Outcome
    status: int
    intended_ns: int
    start_ns: int
    end_ns: int
    user: str
    request_headers: Mapping[str, str]
    request_body: bytes
    headers: Mapping[str, str]
    body: bytes
    error: str = ""


class Observer(Protocol):
    """Sees every exchange on the worker where it happened; what it learnt travels home in small batches."""

    name: str

    def saw(self, exchange: Exchange) -> None:
        """Take note. Must be quick and must not raise: it stands on the hot path."""

    def drain(self) -> list[dict[str, object]]:
        """What was learnt since the last call, as rows that msgpack can carry; called every 250 ms and at the end."""
