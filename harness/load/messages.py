"""What a load process says to the run, as frozen values, and how each travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harness.errors import EnvironmentFailed
from harness.load.phases import PhaseRow, phase_of
from harness.load.recorder import FailureRow, Row, SampleColumns, failure_of, window_of
from harness.model.failure import Failure
from harness.model.phase import PhaseWindow
from harness.model.window import Window

__all__ = [
    "Failures",
    "Finished",
    "Health",
    "Message",
    "Note",
    "Observed",
    "Problem",
    "Ready",
    "Samples",
    "Timings",
    "Windows",
    "decoded",
    "encoded",
    "encoded_failures",
    "encoded_samples",
    "encoded_timings",
    "encoded_windows",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Every user of the first pool is past its `on_start`. `locust` is its version."""

    users: int
    user_classes: tuple[str, ...]
    locust: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """What ended since the last message. Rows with equal keys add. A process counts these messages from 1, so that none can be missed."""

    number: int
    rows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What failed requests said since the last message, after their windows. Rows with equal keys add."""

    rows: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long the phases of requests took that ended since the last message, where the plan asks. Rows with equal keys add."""

    rows: tuple[PhaseWindow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Each request that ended since the last message, where the plan asks: columns of `samples.parquet`, of equal length."""

    start_ns: tuple[int, ...]
    operation: tuple[str, ...]
    outcome: tuple[str, ...]
    latency_us: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the observer of that name learnt since the last message."""

    observer: str
    rows: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the generator itself is. `at_ns` since zero; `cpu` is the share of one core over the last `interval_s` seconds.

    From the start of the run: `due` arrivals were scheduled, `late` of them over 1 ms after their time, the worst by
    `max_late_ns`; `begun` have a user; `dropped` found none, nor room to wait for one (those that wait at the end join them).
    Now: `users` in the pool, `open` requests,
    `queued` arrivals that wait for a free user. `precise` says that a timerfd keeps the time. From the start again: requests that
    failed because this process had no file descriptor, port or memory for them.
    """

    at_ns: int
    interval_s: float
    cpu: float
    due: int = 0
    late: int = 0
    max_late_ns: int = 0
    begun: int = 0
    requests: int = 0
    users: int = 0
    open: int = 0
    queued: int = 0
    dropped: int = 0
    precise: bool = True
    no_descriptors: int = 0
    no_ports: int = 0
    no_memory: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Within 250 ms of any change: `queued` arrivals wait for a free user now, and `dropped` were since the start."""

    queued: int
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that the reader of the report should know, said once."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the locustfile went wrong; `fatal` ends the load. `text` holds the locustfile's own traceback, no more."""

    text: str
    fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Every arrival that was due ended once: due == ok + error + dropped + unanswered.

    `queued` of them had to wait for a free user; `ended_ns` is when the load stopped, since zero; `early` why it did before the profile's end
    (empty if it did not). `exit_code` is what the locustfile wants its process to end with, `unheard` which of its listeners did not do its work.
    `unstarted` users of the closed model never got past their `on_start`, and nobody took their place; `why_unstarted` is what the first one said.
    `reports` is the number of the last windows.
    """

    due: int
    ok: int
    error: int
    dropped: int
    unanswered: int
    requests: int
    ended_ns: int
    queued: int = 0
    early: str = ""
    exit_code: int = 0
    unheard: str = ""
    unstarted: int = 0
    why_unstarted: str = ""
    reports: int = 0


Message = Ready | Windows | Failures | Timings | Samples | Observed | Health | Backlog | Note | Problem | Finished
_KINDS: dict[str, type[Ready | Health | Backlog | Note | Problem | Finished]] = {
    "ready": Ready,
    "health": Health,
    "backlog": Backlog,
    "note": Note,
    "problem": Problem,
    "finished": Finished,
}


def encoded(message: Ready | Observed | Health | Backlog | Note | Problem | Finished) -> dict[str, object]:
    """As it travels."""
    return {"kind": type(message).__name__.lower(), **asdict(message)}


def encoded_windows(number: int, rows: list[Row]) -> dict[str, object]:
    """Windows as they travel, straight from the recorder."""
    return {"kind": "windows", "number": number, "rows": rows}


def encoded_failures(rows: list[FailureRow]) -> dict[str, object]:
    """Their texts, likewise."""
    return {"kind": "failures", "rows": rows}


def encoded_timings(rows: list[PhaseRow]) -> dict[str, object]:
    """Phases, likewise."""
    return {"kind": "timings", "rows": rows}


def encoded_samples(columns: SampleColumns) -> dict[str, object]:
    """Each request, likewise, as columns."""
    return {"kind": "samples", "columns": list(columns)}


def decoded(message: Mapping[str, object]) -> Message:
    """The value again. Raises EnvironmentFailed for what no load process of this version says."""
    values = dict(message)
    kind = str(values.pop("kind", ""))
    try:
        if kind == "windows":
            return Windows(
                number=int(str(values["number"])), rows=tuple(window_of(row) for row in _list(values["rows"]))
            )
        if kind == "failures":
            return Failures(rows=tuple(failure_of(row) for row in _list(values["rows"])))
        if kind == "timings":
            return Timings(rows=tuple(phase_of(row) for row in _list(values["rows"])))
        if kind == "samples":
            return _samples(_list(values["columns"]))
        if kind == "observed":
            return Observed(observer=str(values["observer"]), rows=tuple(_list(values["rows"])))
        if kind == "ready":
            values["user_classes"] = tuple(_list(values["user_classes"]))
        return _KINDS[kind](**values)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise EnvironmentFailed(
            f"The load process sent a `{kind}` message that this version does not understand: {error}.",
            "Its harness and this one must be of the same version.",
        ) from error


def _samples(columns: list[Any]) -> Samples:
    starts, operations, outcomes, latencies = (tuple(_list(one)) for one in columns)
    if not len(starts) == len(operations) == len(outcomes) == len(latencies):
        raise ValueError("columns of unequal length")
    return Samples(start_ns=starts, operation=operations, outcome=outcomes, latency_us=latencies)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value
