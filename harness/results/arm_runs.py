"""What all runs of one arm that count say as one run would: for the reader of a comparison, never a gate. Part of `comparison.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.results.summary import (
    AuditSummary,
    ContractSummary,
    ExpectationSummary,
    FaultOperation,
    FaultSummary,
    Figures,
    MarkSummary,
    Number,
    PactSummary,
    ProbeSummary,
    ValiditySummary,
)


class UnderFault(BaseModel):
    """One operation under one fault. `figures` add up requests and errors of the runs; p99 and `slower` (over calm) are the medians of the runs'."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)

    operation: str
    fault: str
    figures: Figures
    slower: Number | None = None
    effect: FaultOperation | None = None


class FirstSeen(BaseModel):
    """When each run that showed a finding saw it first, seconds since that run's zero, in order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    identity: str
    level: Literal["error", "warning", "note"]
    at_s: tuple[float, ...] = ()


class RunMark(MarkSummary):
    """A note on the timeline of `run`."""

    run: str = ""


class ArmRuns(BaseModel):
    """Told with the words of a run's summary. Verdicts are the worst of the runs, and `why` says in how many.

    `value` of an expectation or a check is that of the worst run. Times of a fault are medians; it is in force and healed where it was in
    every run. What was checked is added up; coverage is what any run saw. Points of a probe are the means of the runs over equal stretches;
    its samples are added up, and it has no `last`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", serialize_by_alias=True)

    runs: int = 0
    expectations: tuple[ExpectationSummary, ...] = ()
    faults: tuple[FaultSummary, ...] = ()
    under_faults: tuple[UnderFault, ...] = ()
    audit: tuple[AuditSummary, ...] = ()
    contract: ContractSummary = ContractSummary()
    pacts: tuple[PactSummary, ...] = ()
    validity: tuple[ValiditySummary, ...] = ()
    first_seen: tuple[FirstSeen, ...] = ()
    marks: tuple[RunMark, ...] = ()
    probes: tuple[ProbeSummary, ...] = ()
    not_tested: tuple[str, ...] = ()
