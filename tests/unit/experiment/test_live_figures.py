"""Figures of a run that goes on are those of its summary, to the digit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.cockpit.figures import AGGREGATED, LiveFigures
from harness.model import WIDTH_NS, Histogram, Outcome, Span, Window
from harness.model.histogram import bin_of
from harness.results import quantiles_of

outcomes = st.sampled_from(
    [Outcome.OK, Outcome.SERVER_ERROR, Outcome.CLIENT_ERROR, Outcome.UNANSWERED, Outcome.DROPPED]
)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    outcome = draw(outcomes)
    if outcome is Outcome.DROPPED:
        latency = Histogram(infinite=draw(st.integers(1, 3)))
    else:
        micros = draw(st.lists(st.integers(0, 3_000_000_000), min_size=1, max_size=6))
        latency = Histogram.merged(Histogram.of({bin_of(one): 1}) for one in micros)
    return Window(
        start_ns=draw(st.integers(0, 40)) * WIDTH_NS,
        operation=draw(st.sampled_from(["a", "b"])),
        outcome=outcome,
        stage="s",
        n=latency.n,
        bytes=draw(st.integers(0, 1000)),
        latency=latency,
        service=Histogram(),
    )


@given(st.lists(windows(), max_size=40))
def test_figures_are_those_of_the_summary(some: list[Window]) -> None:
    """Quantiles, counts and outcomes of everything outside the warm-up; the same functions judge the end."""
    warm = Span("warm", 0.0, 2.0, warm_up=True)
    live = LiveFigures("r", [warm, Span("rest", 2.0, 11.0)])
    live.add(some)
    figures = live.figures(11.0)
    for name in ("a", "b"):
        mine = [w for w in some if w.operation == name and w.start_ns >= 2_000_000_000]
        row = next((one for one in figures.operations if one.name == name), None)
        assert (row is None) == (not mine)
        if row is not None:
            merged = Histogram.merged(w.latency for w in mine)
            assert row.latency_ms == quantiles_of(merged)
            assert row.requests == sum(w.n for w in mine)
            assert row.errors == sum(w.n for w in mine if w.outcome.is_error)
            assert row.seconds == 9.0
    counted = [w for w in some if w.start_ns >= 2_000_000_000]
    if counted:
        assert figures.overall is not None
        assert figures.overall.latency_ms == quantiles_of(Histogram.merged(w.latency for w in counted))
    else:
        assert figures.overall is None
    assert set(figures.mean_ms) == {AGGREGATED, *(one.name for one in figures.operations)}


@given(st.lists(st.lists(windows(), max_size=8), max_size=8))
def test_points_tell_every_second_whole(batches: list[list[Window]]) -> None:
    """In whatever pieces windows come, the last word on a second holds all of it."""
    live = LiveFigures("r")
    last: dict[float, float | None] = {}
    for number, batch in enumerate(batches):
        live.add(batch)
        points = live.points(float(number), {}, (0.0, 0.0, 0.0, 0.0))
        last.update({point[0]: point[2] for point in (points.all if points else ()) if point[0] is not None})
    points = live.points(0.0, {}, (0.0, 0.0, 0.0, 0.0), flush=True)
    last.update({point[0]: point[2] for point in (points.all if points else ()) if point[0] is not None})
    never = (Outcome.DROPPED, Outcome.UNANSWERED)
    wanted: dict[float, float] = {}
    for window in (w for batch in batches for w in batch):
        second = float(window.start_ns // 1_000_000_000)
        wanted[second] = wanted.get(second, 0.0) + (window.n if window.outcome not in never else 0)
    assert last == wanted
