"""The parts of a request that are measured where a scenario asks for them (`load: timings: true`): the row of `timings.parquet`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.histogram import Histogram
from harness.model.window import WIDTH_NS


class Phase(StrEnum):
    """In k6's words (https://grafana.com/docs/k6/latest/using-k6/metrics/reference/)."""

    CONNECTING = "connecting"  # looking the host up and connecting over TCP; once a connection
    TLS = "tls_handshaking"  # once a connection
    WAITING = "waiting"  # from the request sent to the first byte of the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseWindow:
    """How long one phase took for the requests of one operation in the window (see `Window`) of their intended start. Rows with equal keys add."""

    start_ns: int
    operation: str
    phase: Phase
    took: Histogram
    width_ns: int = WIDTH_NS
