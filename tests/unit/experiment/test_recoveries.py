"""How each operation of a run took each fault, from its windows to the summary."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.compare import Recovered
from harness.experiment.judge import Facts, judge
from harness.experiment.measured import Measured
from harness.experiment.recoveries import measure_recoveries
from harness.experiment.scopes import Scopes
from harness.experiment.seen import recoveries, see
from harness.model import (
    WIDTH_NS,
    Expectation,
    FaultRecord,
    Histogram,
    OpenStage,
    Operations,
    Outcome,
    Profile,
    Timeline,
    Verdict,
    Window,
)
from harness.model.histogram import bin_of
from harness.results import RunFolder, RunReader, RunRecord, RunWriter, Status, fault_of, summary_of

PLAN = Timeline.lay_out(Profile((OpenStage(name="calm", rate=40, duration=30),)), [])
GONE = FaultRecord(
    name="gone", edge="e", kind="down", describe="", asked_s=10, from_s=10.0, to_s=12.0, healed=True, in_force=True
)


def _window(number: int, operation: str, sick: bool) -> Window:
    one = Histogram.of({bin_of(5000): 10})
    outcome = Outcome.SERVER_ERROR if sick else Outcome.OK
    return Window(
        start_ns=number * 250_000_000,
        operation=operation,
        outcome=outcome,
        stage="",
        n=10,
        bytes=0,
        latency=one,
        service=one,
    )


def test_the_summary_tells_of_each_operation() -> None:
    """One never felt it, one came back after three seconds, one not before the end: that long is known."""
    back = {"deaf": 10.0, "quick": 15.0, "stuck": 99.0}
    rows = [_window(i, name, 10 <= i / 4 < until) for i in range(120) for name, until in back.items()]
    (told,), steady = measure_recoveries((GONE,), Measured.of(rows), PLAN, 30.0)
    assert steady is not None
    by = {one.name: one for one in fault_of(told).operations}
    assert (by["deaf"].detection_s, by["deaf"].recovery_s) == (None, 0.0)
    assert (by["quick"].detection_s, by["quick"].recovery_s, by["quick"].recovery_uncertainty_s) == (0.0, 3.0, 0.25)
    assert (by["stuck"].recovery_s, by["stuck"].recovery_censored) == (18.0, True)
    assert (told.recovery_s, told.recovery_censored) == (18.0, True)


def _judged(text: str, records: tuple[FaultRecord, ...], measured: Measured) -> Verdict:
    told, _ = measure_recoveries(records, measured, PLAN, 90.0)
    facts = Facts(measured=measured, scopes=Scopes(PLAN, told, 90.0), operations=Operations(), faults=told)
    return judge(Expectation.parse(text), facts).verdict


@pytest.mark.parametrize(
    ("limit", "verdict"), [("5s", Verdict.PASS), ("900ms", Verdict.UNKNOWN), ("500ms", Verdict.FAIL)]
)
def test_faults_that_end_together_are_judged_by_what_followed(limit: str, verdict: Verdict) -> None:
    """Two of one span, healed 15 ms apart: back one second after both; and the calm after it is steady."""
    measured = Measured.of([_window(i, "read", 10 <= i / 4 < 13) for i in range(360)])
    both = (replace(GONE, name="a", to_s=12.0), replace(GONE, name="b", to_s=12.015))
    assert _judged(f"recovery from a <= {limit}", both, measured) is verdict
    told, _ = measure_recoveries(both, measured, PLAN, 90.0)
    assert Scopes(PLAN, told, 90.0).steady == [(0.0, 10.0), (13.0, 90.0)]


def test_a_fault_that_showed_nothing_does_not_fail_for_the_next_one() -> None:
    """The next fault comes 0.9 s later, too soon for four windows: unknown, and no recovery is made up."""
    measured = Measured.of([_window(i, "read", False) for i in range(360)])
    following = (GONE, replace(GONE, name="next", from_s=12.9, to_s=15.0))
    assert _judged("recovery from gone <= 500ms", following, measured) is Verdict.UNKNOWN


TRUTHS = (0.0, 0.1, 0.3, 0.5, 0.8, 1.0, 1.3, 1.9, 2.2, 3.5, 5.0, 7.7)
"""Seconds from the fault's end to the service's recovery."""


def _served(back_s: float, way: str) -> list[Window]:
    """100 requests a second, evenly; from 10 s until `back_s` each fails, or is slow, or is never answered in its window."""
    rows: dict[tuple[int, Outcome, int], int] = {}
    for request in range(3000):
        at_s = request / 100
        sick = 10 <= at_s < back_s
        outcome = Outcome.SERVER_ERROR if sick and way == "errors" else Outcome.OK
        micros = 300_000 if sick and way == "slow" else 5000
        if not (sick and way == "silence"):
            key = (int(at_s * 1e9) // WIDTH_NS, outcome, micros)
            rows[key] = rows.get(key, 0) + 1
    return [
        replace(_window(number, "read", outcome is not Outcome.OK), n=n, latency=Histogram.of({bin_of(micros): n}))
        for (number, outcome, micros), n in rows.items()
    ]


@pytest.mark.parametrize("way", ["errors", "slow", "silence"])
@pytest.mark.parametrize("truth", TRUTHS)
def test_a_known_recovery_is_told_within_one_window(truth: float, way: str) -> None:
    """However the service is sick, 250 ms at most lie between what is told and what is true."""
    (told,), _ = measure_recoveries((GONE,), Measured.of(_served(12.0 + truth, way)), PLAN, 30.0)
    assert told.recovery_s is not None
    assert abs(told.recovery_s - truth) <= 0.25 + 1e-9
    assert not told.recovery_censored


@pytest.mark.parametrize("back_s", [12.0, 13.3, 99.0])
def test_a_run_and_a_comparison_tell_one_recovery_from_one_folder(tmp_path: Path, back_s: float) -> None:
    """A comparison reads the number of the run; and the windows on disk give it again, to the last digit."""
    rows = _served(back_s, "errors")
    folder = RunFolder.create(tmp_path, "cut", datetime(2026, 11, 27, tzinfo=UTC), "abcdef")
    writer = RunWriter(folder, RunRecord(run=folder.name, scenario={}, scenario_name="cut", target="t", started=""))
    writer.windows(rows)
    writer.finish(Status.COMPLETE, ended="")
    (told,), _ = measure_recoveries((GONE,), Measured.of(rows), PLAN, 30.0)
    assert told.recovery_s is not None
    summary = summary_of(RunReader.open(folder)).model_copy(update={"faults": (fault_of(told),)})
    writer.document("summary.json", summary)
    seen = see(RunReader.open(folder))
    assert recoveries(seen) == {"gone": Recovered(told.recovery_s, back_s == 99.0)}
    (again,), _ = measure_recoveries((GONE,), Measured.of(_on_disk(RunReader.open(folder))), PLAN, 30.0)
    assert again == told


def _on_disk(reader: RunReader) -> list[Window]:
    return [
        Window(
            start_ns=row["start_ns"],
            operation=row["operation"],
            outcome=Outcome(row["outcome"]),
            stage=row["stage"],
            n=row["n"],
            bytes=row["bytes"],
            latency=Histogram.of(dict(zip(row["latency_bins"], row["latency_counts"], strict=True))),
            service=Histogram(),
        )
        for row in reader.windows_table().to_pylist()
    ]
