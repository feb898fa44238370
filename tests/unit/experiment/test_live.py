"""Stop conditions look at the last window, and only at that."""

from __future__ import annotations

import pytest

from harness.experiment.live import Live
from harness.model import (
    Expectation,
    Histogram,
    OpenStage,
    Operations,
    Outcome,
    Profile,
    StopWhen,
    Timeline,
    Window,
)
from harness.model.histogram import bin_of

PROFILE = Profile((OpenStage(name="calm", rate=40, duration=60),))


def live(text: str) -> Live:
    return Live(PROFILE, Timeline.lay_out(PROFILE, []), Operations(), (StopWhen(expectation=Expectation.parse(text)),))


def window(second: float, outcome: Outcome) -> Window:
    one = Histogram.of({bin_of(1000): 10})
    return Window(
        start_ns=round(second * 1e9), operation="x", outcome=outcome, stage="", n=10, bytes=0, latency=one, service=one
    )


@pytest.mark.parametrize(("bad_from", "stops"), [(10.0, True), (18.0, False), (99.0, False)])
def test_errors_must_fill_the_window(bad_from: float, stops: bool) -> None:
    """`errors > 90% over 5s` holds once five bad seconds have passed, and not before."""
    one = live("errors > 90% over 5s")
    for i in range(80):
        one.add(window(i * 0.25, Outcome.OK if i * 0.25 < bad_from else Outcome.SERVER_ERROR))
    assert bool(one.must_stop(20.0, [])) is stops


def test_a_young_run_is_not_judged() -> None:
    """Before a whole window has passed nothing can be said."""
    one = live("errors > 90% over 5s")
    for i in range(8):
        one.add(window(i * 0.25, Outcome.SERVER_ERROR))
    assert one.must_stop(2.0, []) == ""


def test_the_past_is_forgotten() -> None:
    """Memory does not grow with the length of the run."""
    one = live("errors > 90% over 5s")
    for i in range(4000):
        one.add(window(i * 0.25, Outcome.OK))
        if i % 4 == 0:
            one.must_stop(i * 0.25, [])
    assert len(one.measured.windows(None, [(0.0, 2000.0)])) < 100


def test_the_screen_shows_the_last_seconds() -> None:
    """Rates and quantiles come from the last two settled seconds."""
    one = live("errors > 90% over 5s")
    for i in range(80):
        one.add(window(i * 0.25, Outcome.OK))
    shown = one.progress(20.0, queued=1, dropped=0, late_share=0.0)
    assert (shown.asked, shown.achieved, shown.stage) == (40.0, 40.0, "calm")
