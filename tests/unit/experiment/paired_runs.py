"""Run folders that nobody ran, with the noise that is asked for: to compare them without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from harness.model import WIDTH_NS, Histogram, Outcome, Verdict, Window
from harness.model.histogram import bin_of
from harness.results import (
    ALL,
    ContractSummary,
    FindingSummary,
    OperationSummary,
    OracleSummary,
    RunFolder,
    RunReader,
    RunRecord,
    RunWriter,
    Stage,
    Status,
    Summary,
    ValiditySummary,
    operations_of,
)

WHEN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MACHINE = {
    "host": "bench",
    "machine": "x86_64",
    "system": "Linux",
    "cores": "2",
    "memory": "8 GiB",
    "clock": "monotonic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One run: `median_ms` by operation, `rate` requests per second of each, for `seconds` of which the first is warm-up."""

    operations: Mapping[str, float] = field(default_factory=lambda: {"list": 4.0, "place": 12.0})
    shift: float = 1.0
    rate: int = 300
    seconds: int = 5
    errors: float = 0.0
    outcome: Outcome = Outcome.SERVER_ERROR
    findings: tuple[str, ...] = ()
    spoilt: str = ""
    status: Status = Status.COMPLETE
    scenario: str = "shop"
    plan: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, str] = field(default_factory=lambda: MACHINE)
    versions: Mapping[str, str] = field(default_factory=lambda: {"harness": "0.1.0"})
    defects: tuple[str, ...] = ()


def make(root: Path, number: int, made: Made, seed: int | None = None) -> RunFolder:
    """Write it; `number` orders the runs in time. The same seed makes the same requests."""
    rng = np.random.default_rng(number if seed is None else seed)
    started = WHEN + timedelta(minutes=number)
    folder = RunFolder.create(root, made.scenario, started, f"{number:06x}")
    load = {"profile": [{"name": "steady", "rate": made.rate}], **made.plan}
    record = RunRecord(
        run=folder.name,
        scenario={"name": made.scenario, "load": load, "defects": list(made.defects), "target": "t"},
        scenario_name=made.scenario,
        target="t",
        versions=dict(made.versions),
        host=dict(made.host),
        started=started.isoformat(),
    )
    writer = RunWriter(folder, record)
    writer.windows(_windows(rng, made))
    if made.status is Status.RUNNING:
        return folder
    writer.finish(
        made.status, ended=started.isoformat(), why="it was ended" if made.status is not Status.COMPLETE else ""
    )
    writer.document("summary.json", _summary(folder, made))
    return folder


def _windows(rng: np.random.Generator, made: Made) -> list[Window]:
    found = []
    for step in range(made.seconds * 4):
        for name, median in made.operations.items():
            n = made.rate // 4
            micros = rng.lognormal(np.log(median * 1000 * made.shift), 0.3, n)
            bad = round(n * made.errors)
            stage = "warm-up" if step < 4 else "steady"
            found += [
                _window(step, name, stage, micros[bad:], Outcome.OK),
                _window(step, name, stage, micros[:bad], made.outcome),
            ]
    return [one for one in found if one.n]


def _window(step: int, name: str, stage: str, micros: np.ndarray, outcome: Outcome) -> Window:
    bins, counts = np.unique([bin_of(int(value)) for value in micros], return_counts=True)
    histogram = Histogram(tuple(int(b) for b in bins), tuple(int(c) for c in counts))
    return Window(
        start_ns=step * WIDTH_NS,
        operation=name,
        outcome=outcome,
        stage=stage,
        n=len(micros),
        bytes=0,
        latency=histogram,
        service=histogram,
    )


def _summary(folder: RunFolder, made: Made) -> Summary:
    series = RunReader.open(folder).windows()
    whole = [(0, series.end_ns)]
    late = Verdict.UNKNOWN if made.spoilt else Verdict.PASS
    return Summary(
        run=folder.name,
        scenario=made.scenario,
        target="t",
        verdict=Verdict.PASS,
        status=made.status,
        duration_s=float(made.seconds),
        stages=(
            Stage(name="warm-up", from_s=0, to_s=1, warm_up=True),
            Stage(name="steady", from_s=1, to_s=made.seconds),
        ),
        operations=operations_of(series, whole=whole, calm=[], hurt=[]),
        contract=ContractSummary(oracle=OracleSummary(verdict=Verdict.PASS, judged=10)),
        findings=tuple(
            FindingSummary(
                identity=name, level="error", source="oracle", operation="place", check="schema", message=name
            )
            for name in made.findings
        ),
        validity=(ValiditySummary(check="late arrivals", verdict=late, why=made.spoilt or "in time"),),
    )


__all__ = ["ALL", "MACHINE", "Made", "OperationSummary", "make"]
