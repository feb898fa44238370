"""What a run has learnt so far. It grows as the run goes, so that a run cut short can still be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from harness.audit import Evidence
from harness.contract import Baseline, FuzzResult
from harness.contract.pact_verify import PactResult
from harness.experiment.heard import Heard
from harness.experiment.measured import Measured
from harness.experiment.sampled import Sampled
from harness.experiment.so_far import SoFar
from harness.faults import OwnEdges, RunLease
from harness.load import Clock
from harness.model import Check, FaultRecord
from harness.results import Status


@dataclass(slots=True)
class Gathered:
    """Times in seconds since zero unless they say otherwise. `zero_utc` is empty until the load began. `baseline` is what is accepted
    `today`."""

    status: Status = Status.RUNNING
    why_ended: str = ""
    zero_utc: str = ""
    zero_unix: float = 0.0
    load_ended: float = 0.0
    baseline: Baseline = field(default_factory=Baseline)
    today: date = date.min
    fuzz: FuzzResult | None = None
    so_far: SoFar = field(default_factory=SoFar)
    fuzz_failed: str = ""
    pacts: list[PactResult] = field(default_factory=list)
    pact_failed: str = ""
    measured: Measured = field(default_factory=Measured)
    heard: Heard = field(default_factory=Heard)
    clocks: tuple[Clock, ...] = ()
    load_started: bool = False
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    oracle_rows: list[dict[str, Any]] = field(default_factory=list)
    history_rows: list[dict[str, Any]] = field(default_factory=list)
    faults: tuple[FaultRecord, ...] = ()
    sampled: Sampled = field(default_factory=Sampled)
    evidence: tuple[Evidence, ...] = ()
    validity: list[Check] = field(default_factory=list)
    lease: RunLease | None = None
    own_edges: OwnEdges | None = None
