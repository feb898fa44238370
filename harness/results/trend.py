"""What `harness trend --json` prints: how the numbers of one scenario moved over saved runs. Its schema is published and only grows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from harness.model.verdict import Verdict
from harness.results.schemas import FORMAT
from harness.results.summary import Number, Unit


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)


class TrendRun(_Part):
    """One run, oldest first. `left_out` says why it does not count."""

    run: str
    started: str = ""
    verdict: Verdict = Verdict.UNKNOWN
    left_out: str = ""


class TrendChange(_Part):
    """From `run` on the level is another: typical values before and after, the relative `change`, and whether that is worse."""

    run: str
    index: int
    before: Number
    after: Number
    change: float
    worse: bool
    p: float


class TrendSeries(_Part):
    """A number over the runs that count; None where a run did not have it. Not `judged`: too few runs have it to see a change."""

    operation: str
    metric: str
    unit: Unit = ""
    judged: bool = True
    values: tuple[Number | None, ...] = ()
    changes: tuple[TrendChange, ...] = ()


class Trend(_Part):
    """`fail` where the last change of a number is for the worse; `unknown` with too few runs."""

    format: int = FORMAT
    scenario: str
    verdict: Verdict = Verdict.UNKNOWN
    title: str = ""
    why: tuple[str, ...] = ()
    runs: tuple[TrendRun, ...] = ()
    series: tuple[TrendSeries, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)
