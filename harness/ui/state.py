"""What there is to show, by topic. Each travels as JSON when it has changed; figures are those of `summary.json`, in its own models."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from harness.results import (
    AuditSummary,
    Coverage,
    ErrorGroup,
    ExpectationSummary,
    FindingSummary,
    MarkSummary,
    OperationSummary,
    Stage,
    ValiditySummary,
)
from harness.results.summary import Number
from harness.ui.topics import Topic

__all__ = [
    "AuditState",
    "ContractCheck",
    "CrewState",
    "EdgeState",
    "FaultState",
    "FaultsState",
    "Figures",
    "FindingsState",
    "LogLine",
    "LogState",
    "Now",
    "Point",
    "Points",
    "TestState",
    "WaitingWorker",
    "WorkerState",
    "empty",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)


class Now(_Part):
    """The last seconds of the load. Rates per second, latencies in milliseconds, shares from 0 to 1."""

    asked: float = 0.0
    achieved: float = 0.0
    errors: float = 0.0
    p50: Number | None = None
    p95: Number | None = None
    p99: Number | None = None
    users: int = 0
    open: int = 0
    queued: int = 0
    dropped: int = 0
    late_share: float = 0.0


class WorkerState(_Part):
    """One load process. `cpu` is the share of a core over its last second; `state` is `ready`, `running`, `finished` or `lost`.

    `where` is its host and address, if it is elsewhere.
    """

    number: int
    state: str
    where: str = ""
    users: int = 0
    open: int = 0
    queued: int = 0
    dropped: int = 0
    cpu: float = 0.0
    late_share: float = 0.0
    memory: int = 0


class WaitingWorker(_Part):
    """A worker on another host that waits for a test."""

    host: str
    address: str


class CrewState(_Part):
    """Workers on other hosts: how many a test takes unless its form says so (0: load processes are here), where they report, who waits."""

    expected: int = 0
    reports_at: str = ""
    waiting: tuple[WaitingWorker, ...] = ()


class TestState(_Part):
    """`state` is one of Locust's: ready, spawning, running, stopping, stopped. `says` tells what is being done right now.

    `at_s` counts from the run's zero. `trouble` is what ended or refused the last start, in a sentence with what to do.
    """

    __test__ = False  # pytest collects by name

    state: str = "ready"
    says: str = ""
    trouble: str = ""
    run: str = ""
    scenario: str = ""
    about: str = ""
    target: str = ""
    target_url: str = ""
    load: str = ""
    profile_open: bool = True
    users: int | None = None
    rate: float | None = None
    processes: int = 1
    by: str = ""
    started: str = ""
    zero_utc: str = ""
    at_s: float = 0.0
    duration_s: float = 0.0
    stage: str = ""
    fault: str = ""
    verdict: str = ""
    title: str = ""
    why: tuple[str, ...] = ()
    has_report: bool = False
    now: Now = Now()
    stages: tuple[Stage, ...] = ()
    marks: tuple[MarkSummary, ...] = ()
    expectations: tuple[ExpectationSummary, ...] = ()
    validity: tuple[ValiditySummary, ...] = ()
    workers: tuple[WorkerState, ...] = ()
    crew: CrewState = CrewState()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Figures(_Part):
    """All and each operation, the run but its warm-up; once the run has ended exactly what `summary.json` says.

    `failed` has the texts, once it has ended. `mean_ms`, `min_ms` and `size` (bytes an answer), by operation, are beside it: the summary has none.
    """

    run: str = ""
    final: bool = False
    overall: OperationSummary | None = None
    operations: tuple[OperationSummary, ...] = ()
    current: dict[str, tuple[float, float]] = {}
    failed: tuple[ErrorGroup, ...] = ()
    mean_ms: dict[str, float | None] = {}
    min_ms: dict[str, float | None] = {}
    size: dict[str, float] = {}


class EdgeState(_Part):
    """A place where a fault can be put. `state` is `up`, `hurt`, `down`, `missing` or `unknown`."""

    name: str
    proxy: str
    protocol: str = "tcp"
    listen: str = ""
    upstream: str = ""
    state: str = "unknown"


class FaultState(_Part):
    """A fault that is planned, in force, or over; one that flaps is `between` its windows, too. Times since the run's zero; `ends_unix`
    is when its lease ends, for a countdown; `windows` are the stretches in force of one that flaps, `every_s` its period."""

    name: str
    edge: str
    kind: str
    describe: str = ""
    phase: str = "planned"
    by: str = ""
    by_hand: bool = False
    planned_s: float | None = None
    planned_end_s: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    ends_unix: float | None = None
    every_s: float | None = None
    windows: tuple[tuple[float, float | None], ...] = ()
    in_force: bool | None = None
    evidence: str = ""


class LogLine(_Part):
    """Who did what, when (RFC 3339, UTC)."""

    utc: str
    text: str
    by: str = ""
    level: str = "info"


class FaultsState(_Part):
    """The target's edges, the faults of this run and by hand, and the log. `server` is `answers`, `gone`, or empty without Toxiproxy;
    `token_env` names the variable that holds its token."""

    target: str = ""
    toxiproxy: str = ""
    token_env: str = ""
    server: str = ""
    trouble: str = ""
    max_s: float = 60.0
    edges: tuple[EdgeState, ...] = ()
    faults: tuple[FaultState, ...] = ()
    log: tuple[LogLine, ...] = ()


class ContractCheck(_Part):
    """A part of the contract that the scenario asks for: where it stands, in words; `verdict` is empty until it has one."""

    name: str
    verdict: str = ""
    says: str = ""


class FindingsState(_Part):
    """What is wrong with the contract, and how much of it was seen; both grow as the run goes."""

    description: str = ""
    oracle: bool = False
    judged: int = 0
    checks: tuple[ContractCheck, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    findings: tuple[FindingSummary, ...] = ()


class AuditState(_Part):
    """While the load runs, what clients were told so far, counted by effect; after it, whether it is true."""

    asked: tuple[str, ...] = ()
    recorded: dict[str, dict[str, int]] = {}
    results: tuple[AuditSummary, ...] = ()


class LogState(_Part):
    """The newest lines, the oldest first."""

    lines: tuple[LogLine, ...] = ()


Point = list[float | None]
"""Of all: t, asked, achieved, errors, p50, p95, p99, users, open, queued, dropped. Of an operation: t, achieved, errors, p50, p95, p99."""


class Points(_Part):
    """A second each, new or grown since the last time. Latencies in milliseconds; what never ended is None beside a count."""

    run: str
    all: tuple[Point, ...] = ()
    operations: dict[str, tuple[Point, ...]] = {}


def empty() -> dict[Topic, BaseModel]:
    """What there is to show before anything happened."""
    return {
        Topic.TEST: TestState(),
        Topic.FIGURES: Figures(),
        Topic.FAULTS: FaultsState(),
        Topic.FINDINGS: FindingsState(),
        Topic.AUDIT: AuditState(),
        Topic.LOG: LogState(),
    }
