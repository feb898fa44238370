"""How each operation of a run took each fault, from its windows to the summary."""

from __future__ import annotations

from harness.experiment.measured import Measured
from harness.experiment.recoveries import measure_recoveries
from harness.model import FaultRecord, Histogram, OpenStage, Outcome, Profile, Timeline, Window
from harness.model.histogram import bin_of
from harness.results import fault_of

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
