"""`breakpoint.json`: where a scenario breaks when one number is varied, with every trial. Its schema is published and only grows."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.model.verdict import Verdict
from harness.results.disk import replace
from harness.results.folder import RunFolder
from harness.results.record import Status
from harness.results.schemas import FORMAT
from harness.results.summary import Number, Quantiles, Unit


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)


class BreakpointTrial(_Part):
    """One run of the scenario at `value`. `broke` says which checks failed, `doubts` why the generator could not be trusted.

    A run that failed while its generator could not be trusted is `unknown`: the failure may be the generator's.
    """

    value: float
    verdict: Verdict
    run: str
    seconds: float
    requests: int = 0
    rate: float = 0.0
    errors: int = 0
    latency_ms: Quantiles = Quantiles()
    broke: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    why: str = ""


class Breakpoint(_Part):
    """`holds` is the highest value at which everything expected held, `breaks` the lowest above it at which it did not, and
    `unclear` the lowest above `holds` that could not be told; the other way round where it is `falling`, since less is worse.
    `knee` is where p99 begins to rise steeply.

    `saturated` says what gave way first: the target, the generator, or nothing that could be told.
    """

    format: int = FORMAT
    name: str
    scenario: str
    target: str
    vary: str
    unit: Unit = ""
    falling: bool = False
    status: Status = Status.RUNNING
    verdict: Verdict = Verdict.UNKNOWN
    title: str = ""
    why: str = ""
    holds: float | None = None
    breaks: float | None = None
    unclear: float | None = None
    knee: Number | None = None
    saturated: Literal["target", "generator", ""] = ""
    saturated_why: str = ""
    floor: float
    ceiling: float
    tolerance: float
    budget_s: float
    started: str = ""
    duration_s: float = 0.0
    trials: tuple[BreakpointTrial, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)


def save_breakpoint(folder: RunFolder, found: Breakpoint) -> None:
    """Write `breakpoint.json` in one step. Raises EnvironmentFailed."""
    replace(folder.file("breakpoint.json"), (found.model_dump_json(indent=2) + "\n").encode(errors="replace"))
