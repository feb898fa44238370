"""`summary.json`: every number and verdict that a report shows. Its schema is published (`harness schema`) and only grows.

Quantities say their unit in their name (`_s`, `_ms`) or in `unit`. An infinite latency (an arrival that was never answered) is the text "Infinity".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from harness.model.verdict import Verdict
from harness.results.record import Origin, Repeats, Status
from harness.results.schemas import FORMAT

Number = Annotated[float, WithJsonSchema({"anyOf": [{"type": "number"}, {"const": "Infinity"}]})]
Unit = Literal["ms", "s", "/s", "share", "count", "B", "KB/s", ""]


class _Part(BaseModel):
    # Unknown keys are skipped: a summary only grows, so an older reader can still read a newer one of the same format.
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)


class Quantiles(_Part):
    """Milliseconds; None without data."""

    p50: Number | None = None
    p90: Number | None = None
    p95: Number | None = None
    p99: Number | None = None
    p99_9: Number | None = Field(default=None, alias="p99.9")
    max: Number | None = None


class Figures(_Part):
    """One operation, or all of them, in one stretch of `seconds`. `rate` counts what was answered, per second;
    `outcomes` counts how requests ended."""

    seconds: float
    requests: int
    rate: float
    errors: int
    outcomes: dict[str, int] = Field(default_factory=dict)
    latency_ms: Quantiles = Quantiles()
    service_ms: Quantiles = Quantiles()


class OperationSummary(Figures):
    """The whole run but its warm-up; `calm` is the steady state, `hurt` is under any fault."""

    name: str
    route: str = ""
    calm: Figures | None = None
    hurt: Figures | None = None


class Change(_Part):
    """A quantile of one operation, hurt over calm: `ratio` lies in [low, high] with at least 90 % confidence. For display, never a gate."""

    operation: str
    share: float = 0.99
    ratio: Number
    low: Number
    high: Number
    change: str


class Arrivals(_Part):
    """What became of every arrival that was due: the last four add up to it. `queued` had to wait for a free user first, within their latency."""

    due: int = 0
    queued: int = 0
    ok: int = 0
    error: int = 0
    dropped: int = 0
    unanswered: int = 0


class Stage(_Part):
    """A stage of the load; `plan` in words, such as `150/s, poisson`."""

    name: str
    from_s: float
    to_s: float
    plan: str = ""
    warm_up: bool = False


class ExpectationSummary(_Part):
    """`value` and `limit` share `unit`."""

    text: str
    verdict: Verdict
    why: str = ""
    value: Number | None = None
    limit: Number | None = None
    unit: Unit = ""
    cmp: str = "<="


class FaultOperation(_Part):
    """How one operation took a fault. `detection_s` is None where no window left its steady state, `recovery_s` where that could
    not be learnt (`why` says so); censored: it lasted at least so long, when the next fault or the end came."""

    name: str
    detection_s: float | None = None
    recovery_s: float | None = None
    recovery_censored: bool = False
    recovery_uncertainty_s: float = 0.25
    steady_p95_ms: Number | None = None
    why: str = ""


class FaultSummary(_Part):
    """Seconds since zero. `in_force` is what the canary saw; None where no probe could tell. Detection and recovery are of all
    operations pooled; `operations` has those of each. `windows` are the stretches in force of a fault that came and went, else empty."""

    name: str
    edge: str
    kind: str
    describe: str = ""
    asked_s: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    in_force: bool | None = None
    evidence: str = ""
    healed: bool = False
    recovery_s: float | None = None
    recovery_censored: bool = False
    recovery_uncertainty_s: float = 0.25
    detection_s: float | None = None
    operations: tuple[FaultOperation, ...] = ()
    windows: tuple[tuple[float, float | None], ...] = ()


class FindingSummary(_Part):
    """One thing that is wrong, however often it was seen. `curl` reproduces it and holds no secret.

    It was sent again `tried` times and came back `came_back` times. `accepted` says until when, where a baseline knows it.
    """

    identity: str
    level: Literal["error", "warning", "note"]
    source: str
    operation: str
    check: str = ""
    signature: str = ""
    message: str
    count: int = 1
    tried: int = 0
    came_back: int = 0
    accepted: str = ""
    place: str = ""
    line: int = 0
    at_s: float | None = None
    stage: str = ""
    fault: str = ""
    curl: str = ""
    first: dict[str, Any] = Field(default_factory=dict)
    worst: dict[str, Any] = Field(default_factory=dict)


class Coverage(_Part):
    """How much of one kind (operations, statuses, parameters, fields, media-types) was exercised. `missing` names what was not; `by` counts
    what fuzz, pact and load each exercised."""

    kind: str
    seen: int
    total: int
    missing: tuple[str, ...] = ()
    by: dict[str, int] = Field(default_factory=dict)


class FuzzSummary(_Part):
    """The property-based check of the contract."""

    verdict: Verdict
    why: str = ""
    cases: int = 0
    operations: int = 0
    seconds: float = 0.0
    seed: int | None = None
    phases: tuple[str, ...] = ()
    stopped_by: str = ""


class OracleSummary(_Part):
    """Answers under load that were held against the description."""

    verdict: Verdict
    why: str = ""
    judged: int = 0
    operations: int = 0


class ContractSummary(_Part):
    """What was checked of the contract; None where it was not asked for."""

    description: str = ""
    fuzz: FuzzSummary | None = None
    oracle: OracleSummary | None = None
    coverage: tuple[Coverage, ...] = ()


class PactSummary(_Part):
    """One interaction of one consumer."""

    consumer: str
    provider: str
    interaction: str
    verdict: Verdict
    why: str = ""


class AuditCase(_Part):
    """One broken promise. `steps` tell what happened to it, in order."""

    message: str
    key: str = ""
    operation: str = ""
    at_s: float | None = None
    stage: str = ""
    fault: str = ""
    curl: str = ""
    steps: tuple[str, ...] = ()


class AuditSummary(_Part):
    """One promise: how many effects were looked at, and those that broke it (the first and the worst are enough)."""

    check: str
    verdict: Verdict
    why: str = ""
    checked: int = 0
    evidence: dict[str, Any] = Field(default_factory=dict)
    cases: tuple[AuditCase, ...] = ()


class ValiditySummary(_Part):
    """Whether the run itself can be trusted in one respect."""

    check: str
    verdict: Verdict
    why: str = ""
    value: Number | None = None
    limit: Number | None = None
    unit: Unit = ""


class MarkSummary(_Part):
    """A note on the timeline, and who made it."""

    at_s: float
    text: str
    by: str = ""


class ProbePoint(_Part):
    """The samples of one stretch that starts at `t_s`: their mean, least and most; all None where each of them failed."""

    t_s: float
    value: float | None = None
    low: float | None = None
    high: float | None = None


class ProbeSummary(_Part):
    """What was sampled beside the clients. `points` are at most 300; `failed` counts samples without a value, `error` is the last reason.

    `kind` is prometheus, http, command or alert; `ask` is the query, URL or command. An alert's value is 1 while it fires, else 0.
    """

    name: str
    kind: str = ""
    ask: str = ""
    every_s: float = 1.0
    samples: int = 0
    failed: int = 0
    error: str = ""
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    last: float | None = None
    points: tuple[ProbePoint, ...] = ()


class Timing(_Part):
    """The phases of one operation's requests, without the warm-up, milliseconds; `connections` were opened by them.

    `connecting` (host name and TCP) and `tls_handshaking` are once a connection; `waiting` is from the request sent to the first byte.
    `measured` is false for an operation that was answered, though its clients told no phase.
    """

    operation: str
    measured: bool = True
    connections: int = 0
    connecting_ms: Quantiles = Quantiles()
    tls_handshaking_ms: Quantiles = Quantiles()
    waiting_ms: Quantiles = Quantiles()


class ErrorGroup(_Part):
    """Equal errors, counted."""

    operation: str
    outcome: str
    text: str
    count: int
    first_s: float | None = None


class Summary(_Part):
    """One run. `title` is its verdict as a sentence, `why` its reasons, worst first; `environment` and `versions` are shown as they stand."""

    format: int = FORMAT
    run: str
    scenario: str
    about: str = ""
    target: str
    target_url: str = ""
    status: Status = Status.COMPLETE
    verdict: Verdict
    title: str = ""
    why: tuple[str, ...] = ()
    started: str = ""
    duration_s: float = 0.0
    load_s: float = 0.0
    seed: int = 0
    arrivals: Arrivals = Arrivals()
    stages: tuple[Stage, ...] = ()
    overall: OperationSummary | None = None
    operations: tuple[OperationSummary, ...] = ()
    timings: tuple[Timing, ...] = ()
    changes: tuple[Change, ...] = ()
    expectations: tuple[ExpectationSummary, ...] = ()
    faults: tuple[FaultSummary, ...] = ()
    marks: tuple[MarkSummary, ...] = ()
    probes: tuple[ProbeSummary, ...] = ()
    contract: ContractSummary = ContractSummary()
    pacts: tuple[PactSummary, ...] = ()
    findings: tuple[FindingSummary, ...] = ()
    audit: tuple[AuditSummary, ...] = ()
    errors: tuple[ErrorGroup, ...] = ()
    validity: tuple[ValiditySummary, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    not_tested: tuple[str, ...] = ()
    repeats: Repeats | None = None
    origin: Origin | None = None
