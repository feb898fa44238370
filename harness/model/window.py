"""What happened in one slice of time: the row of `windows.parquet`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.histogram import Histogram

WIDTH_NS = 250_000_000


class Outcome(StrEnum):
    """How one request or arrival ended."""

    OK = "ok"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    TIMEOUT = "timeout"
    RESET = "reset"  # reset, or closed without an answer
    REFUSED = "refused"
    TRANSPORT = "transport"  # any other failure below HTTP
    FAILED = "failed"  # the locustfile said so, or raised
    DROPPED = "dropped"  # due, but the cap on users was reached
    UNANSWERED = "unanswered"  # open when the run ended

    is_error: bool
    """Whether `errors` counts it: all but success and a plain 4xx (which `errors(4xx)` asks for)."""
    is_answer: bool
    """Whether `rate` counts it: something came back, good or bad."""

    def __init__(self, value: str) -> None:
        self.is_error = value not in ("ok", "4xx")
        self.is_answer = value in ("ok", "4xx", "5xx", "failed")

    __hash__ = (
        str.__hash__
    )  # Enum's own is Python code, and each request asks for it thrice; this one agrees with `==`, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Requests of one operation with one outcome whose *intended* start lies in [start_ns, start_ns + width_ns) since zero.

    Latency is end minus intended start, service time end minus actual start. Rows with equal keys add.
    Dropped arrivals have `n` in `latency.infinite` and no service time; unanswered ones at least the time waited.
    """

    start_ns: int
    operation: str
    outcome: Outcome
    stage: str
    n: int
    bytes: int
    latency: Histogram
    service: Histogram
    width_ns: int = WIDTH_NS
