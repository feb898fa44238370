"""`comparison.json`: two versions of a service held against each other over pairs of runs. Its schema is published and only grows.

Effects are the candidate seen from the base. A `ratio` effect is relative: 0.08 is 8 % more. A `difference` effect is a difference
of shares: 0.004 is 0.4 percentage points more. `low` and `high` hold the true effect with `confidence`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.model.judgement import Judgement
from harness.model.verdict import Verdict
from harness.results.arm_runs import ArmRuns
from harness.results.disk import replace
from harness.results.folder import RunFolder
from harness.results.record import Status
from harness.results.schemas import FORMAT
from harness.results.summary import FaultSummary, Figures, Number, Stage, Unit, ValiditySummary

CURVE_SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995, 0.9999, 0.99999)
"""Where `ArmFigures.curve_ms` is taken; as far as the requests go, so the tuple may be shorter."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)


class Arm(_Part):
    """One side. `spelling` is what somebody typed; `settings` and `defects` are those of the bundled service.

    `runs` is what its runs that count say as one; None in a document of before that was kept.
    """

    spelling: str
    target: str
    target_url: str = ""
    defects: tuple[str, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    environment: dict[str, str] = Field(default_factory=dict)
    runs: ArmRuns | None = None


class Pair(_Part):
    """Two runs, one of each arm, near each other in time. `void` says why it does not count; empty where it does.

    `order` is AB where the base ran first. `warm_up_s` was cut from both, beyond the stages marked as warm-up.
    """

    number: int
    order: Literal["AB", "BA"]
    base: str
    candidate: str
    void: str = ""
    warm_up_s: float = 0.0
    seconds: float = 0.0


class MetricComparison(_Part):
    """One number of one operation. `base` and `candidate` are its typical values (geometric means over the pairs) in `unit`.

    `gates` says whether it counts for the verdict: a number with too few samples does not, and `why` says so.
    `p` is the family-wise p-value of a change for the worse or the better, whichever is nearer; `look_here` marks what is worth
    a look although it is not certain (false discovery rate 10 %). `each` holds the effect of every pair that counts.
    `more_pairs` is about how many further pairs would decide an inconclusive one; None where none would, or nobody can say.
    """

    operation: str
    metric: str
    subject: str = ""
    unit: Unit = ""
    worse: Literal["up", "down"] = "up"
    base: Number | None = None
    candidate: Number | None = None
    effect: Number | None = None
    low: Number | None = None
    high: Number | None = None
    effect_is: Literal["ratio", "difference"] = "ratio"
    confidence: float = 0.9
    margin: float = 0.05
    judgement: Judgement = Judgement.INCONCLUSIVE
    gates: bool = True
    p: float | None = None
    look_here: bool = False
    pairs: int = 0
    more_pairs: int | None = None
    why: str = ""
    each: tuple[Number | None, ...] = ()


class OverTime(_Part):
    """A value per step of `step_s`, averaged over an arm's runs: quantiles in ms of the pooled requests, counts per run."""

    step_s: float
    requests: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    p50: tuple[Number | None, ...] = ()
    p95: tuple[Number | None, ...] = ()
    p99: tuple[Number | None, ...] = ()


class ArmFigures(Figures):
    """All of an arm's runs that count, pooled. `curve_ms` is latency by share, at `CURVE_SHARES`. For display, never a gate."""

    runs: int = 0
    curve_ms: tuple[Number | None, ...] = ()
    over_time: OverTime | None = None


class OperationComparison(_Part):
    """A row of the table: both arms and the worst judgement of its numbers that gate. None where an arm never saw the operation."""

    name: str
    route: str = ""
    judgement: Judgement = Judgement.INCONCLUSIVE
    base: ArmFigures | None = None
    candidate: ArmFigures | None = None


class FindingComparison(_Part):
    """A finding in how many runs of each arm it was seen. Every run of a pair sent the same cases, so each is a replay of the other.

    Seen in all runs of one arm (three at least) and in none of the other it is certain; anything between is flaky.
    """

    identity: str
    level: Literal["error", "warning", "note"]
    source: str
    operation: str
    check: str = ""
    message: str
    curl: str = ""
    base_seen: int
    base_runs: int
    candidate_seen: int
    candidate_runs: int
    judgement: Judgement = Judgement.INCONCLUSIVE
    why: str = ""


class ErrorComparison(_Part):
    """Equal errors, counted in both arms."""

    operation: str
    outcome: str
    text: str
    base: int = 0
    candidate: int = 0


class Rules(_Part):
    """How it was decided. `looks` are the numbers of pairs at which a verdict was possible, `alphas` the error rate spent at each."""

    pairs: int
    max_pairs: int
    looks: tuple[int, ...] = ()
    alphas: tuple[float, ...] = ()
    margin: float = 0.05
    budget_s: float | None = None
    seed: int = 0


class Shown(_Part):
    """The smallest relative change of a metric that this machine can show, from A/A runs."""

    operation: str
    metric: str
    smallest: float
    pairs: int


class Comparison(_Part):
    """`mode`: runs made for it one after the other in random order, or runs that were there. `metrics` come worst first.

    `title` is the verdict in a sentence, `why` its reasons, worst first. `faults` and `stages` are the plan both arms went through.
    `more_findings` were judged with the others and are listed in the summaries of the runs only.
    """

    format: int = FORMAT
    name: str
    scenario: str
    about: str = ""
    mode: Literal["interleaved", "saved"] = "interleaved"
    status: Status = Status.RUNNING
    verdict: Verdict = Verdict.UNKNOWN
    judgement: Judgement = Judgement.INCONCLUSIVE
    title: str = ""
    why: tuple[str, ...] = ()
    base: Arm
    candidate: Arm
    rules: Rules
    started: str = ""
    duration_s: float = 0.0
    pairs: tuple[Pair, ...] = ()
    overall: OperationComparison | None = None
    operations: tuple[OperationComparison, ...] = ()
    metrics: tuple[MetricComparison, ...] = ()
    findings: tuple[FindingComparison, ...] = ()
    more_findings: int = 0
    errors: tuple[ErrorComparison, ...] = ()
    faults: tuple[FaultSummary, ...] = ()
    stages: tuple[Stage, ...] = ()
    validity: tuple[ValiditySummary, ...] = ()
    smallest: tuple[Shown, ...] = ()
    not_tested: tuple[str, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)


def save_comparison(folder: RunFolder, found: Comparison) -> None:
    """Write `comparison.json` in one step. Raises EnvironmentFailed."""
    replace(folder.file("comparison.json"), (found.model_dump_json(indent=1) + "\n").encode(errors="replace"))
