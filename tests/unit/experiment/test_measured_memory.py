"""What a run keeps in memory for its verdict."""

from __future__ import annotations

from harness.experiment.measured import Measured
from harness.model import Histogram, Outcome, Window


def test_windows_are_kept_without_service_times() -> None:
    """They are half of the numbers, and no expectation asks for them; latency (packed), counts and outcome stay."""
    one = Histogram.of({5: 3})
    window = Window(
        start_ns=0,
        operation="read",
        outcome=Outcome.OK,
        stage="s",
        n=3,
        bytes=7,
        latency=one,
        service=Histogram.of({4: 3}),
    )
    (kept,) = Measured.of([window]).windows(None, [(0.0, 1.0)])
    assert (kept.latency, kept.n, kept.outcome, kept.bytes) == (one.packed(), 3, Outcome.OK, 7)
    assert kept.service == Histogram()
