"""The fast sums over windows equal the plain ones."""

from __future__ import annotations

from math import inf, isnan

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from harness.model import WIDTH_NS, Failure, Histogram, Outcome, Window
from harness.results import ALL, Series, errors_of, figures_of, operation_of, quantiles_of
from harness.results.schemas import WINDOWS, failures_batch, windows_batch

histograms = st.dictionaries(st.integers(0, 20_000), st.integers(1, 9), max_size=4).flatmap(
    lambda counts: st.builds(Histogram.of, st.just(counts), st.integers(0, 3))
)
windows = st.builds(
    lambda slot, operation, outcome, latency: Window(
        start_ns=slot * WIDTH_NS,
        operation=operation,
        outcome=outcome,
        stage="s",
        n=latency.n,
        bytes=1,
        latency=latency,
        service=latency,
    ),
    st.integers(0, 12),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(list(Outcome)),
    histograms,
)
many = st.lists(windows, max_size=30)


def series_of(rows: list[Window]) -> Series:
    """As read from a folder."""
    return Series.of(pa.Table.from_batches([windows_batch(rows)], WINDOWS))


@given(rows=many)
def test_merging_is_lossless(rows: list[Window]) -> None:
    """All operations and each one give the histogram that plain merging gives."""
    series = series_of(rows)
    assert series.histogram() == Histogram.merged(w.latency for w in rows)
    for name in "abc":
        mine = [w for w in rows if w.operation == name]
        assert series.only(name).histogram() == Histogram.merged(w.latency for w in mine)
        assert series.only(name).counts() == {o: n for o in Outcome if (n := sum(w.n for w in mine if w.outcome is o))}


@given(rows=many, stretch=st.tuples(st.integers(0, 13), st.integers(0, 13)))
def test_a_window_counts_where_it_lies_wholly_inside(rows: list[Window], stretch: tuple[int, int]) -> None:
    """A stretch that begins inside a window leaves that window out."""
    start, end = stretch[0] * WIDTH_NS - 1, stretch[1] * WIDTH_NS
    inside = [w for w in rows if start <= w.start_ns and w.start_ns + WIDTH_NS <= end]
    found = series_of(rows).during([(start, end)])
    assert (found.total, found.errors) == (sum(w.n for w in inside), sum(w.n for w in inside if w.outcome.is_error))
    assert found.histogram() == Histogram.merged(w.latency for w in inside)


@given(rows=many, per_step=st.sampled_from([1, 2, 4]))
def test_quantiles_over_time_are_those_of_each_step(rows: list[Window], per_step: int) -> None:
    """Sorting all bins at once gives each step's own order statistics; an empty step gives NaN."""
    step = per_step * WIDTH_NS
    frame = series_of(rows).over_time(step, (0.5, 0.99), 13 * WIDTH_NS).frame()
    for number, row in frame.iterrows():
        mine = Histogram.merged(w.latency for w in rows if w.start_ns // step == number)
        assert row["n"] == mine.n
        for column, share in (("q0", 0.5), ("q1", 0.99)):
            plain = mine.quantile(share)
            assert isnan(row[column]) if plain is None else row[column] == plain


def test_so_many_steps_that_they_are_counted_in_parts_have_the_same_quantiles() -> None:
    """Millions of steps: each window's own quantile stands at its start, and nowhere else."""
    rows = [
        Window(
            start_ns=at * WIDTH_NS,
            operation="a",
            outcome=Outcome.OK,
            stage="s",
            n=1,
            bytes=0,
            latency=Histogram.of({100 * at + 7: 1}),
            service=Histogram(),
        )
        for at in range(20)
    ]
    found = series_of(rows).over_time(1_000_000, (0.5,), 2_000_000_000_000)
    (values,) = found.quantiles
    seen = [number for number, value in enumerate(values) if not isnan(value)]
    assert seen == [one.start_ns // 1_000_000 for one in rows]
    assert [values[number] for number in seen] == [one.latency.quantile(0.5) for one in rows]


def test_an_arrival_that_was_never_answered_is_an_infinite_quantile() -> None:
    """It shows in p99 and max, and not in the rate."""
    lost = Window(
        start_ns=0,
        operation="a",
        outcome=Outcome.DROPPED,
        stage="s",
        n=1,
        bytes=0,
        latency=Histogram(infinite=1),
        service=Histogram(),
    )
    figures = figures_of(series_of([lost]), [(0, WIDTH_NS)])
    assert figures is not None
    assert (figures.latency_ms.p99, figures.latency_ms.max, figures.rate, figures.errors) == (inf, inf, 0.0, 1)
    assert figures.service_ms.p50 is None


def test_an_empty_run_has_no_figures() -> None:
    """Nothing is made up where nothing was sent."""
    series = series_of([])
    assert (series.total, series.end_ns, series.operations) == (0, 0, ())
    assert figures_of(series, []) is None
    assert operation_of(ALL, series, whole=[(0, WIDTH_NS)], calm=[], hurt=[]).latency_ms.p50 is None
    assert quantiles_of(Histogram()).p99 is None
    assert len(series.over_time(WIDTH_NS, (0.5,), WIDTH_NS).t) == 1


@given(rows=many)
def test_splitting_by_operation_is_asking_for_each(rows: list[Window]) -> None:
    """Sorted once or filtered one by one, an operation's windows are the same."""
    series = series_of(rows)
    parts = series.by_operation()
    assert tuple(sorted(parts)) == series.operations
    for name, part in parts.items():
        assert part.histogram() == series.only(name).histogram()
        assert part.histogram("service") == series.only(name).histogram("service")
        assert (part.counts(), part.end_ns) == (series.only(name).counts(), series.only(name).end_ns)


@given(rows=many)
def test_grouped_errors_add_up(rows: list[Window]) -> None:
    """Every request that `errors` counts is in one group, told once per operation and outcome."""
    series = series_of(rows)
    groups = errors_of(series, [(0, series.end_ns)])
    assert sum(group.count for group in groups) == series.errors
    assert len({(group.operation, group.outcome) for group in groups}) == len(groups)
    assert all(group.text and group.first_s is not None for group in groups)


@given(rows=many, data=st.data())
def test_texts_of_errors_leave_the_counts_as_they_were(rows: list[Window], data: st.DataObject) -> None:
    """Some failures have a text and some have none: per operation and outcome the groups add up to the windows."""
    failures = [
        Failure(start_ns=w.start_ns, operation=w.operation, outcome=w.outcome, text=text, n=1)
        for w in rows
        if w.outcome.is_error
        for text in data.draw(st.lists(st.sampled_from(["a", "b"]), max_size=w.n))
    ]
    series = series_of(rows)
    stretch = [(0, data.draw(st.sampled_from([series.end_ns, series.end_ns // 2])))]
    table = pa.Table.from_batches([failures_batch(failures)])
    groups = errors_of(series, stretch, table)
    assert sum(group.count for group in groups) == series.during(stretch).errors
    inside = [one for one in failures if one.start_ns + one.width_ns <= stretch[0][1]]
    assert sum(group.count for group in groups if group.text in ("a", "b")) == sum(one.n for one in inside)


def test_kinds_of_error_beyond_the_bound_are_one() -> None:
    """Six hundred texts are five hundred lines, and no request is lost."""
    window = Window(
        start_ns=0,
        operation="read",
        outcome=Outcome.FAILED,
        stage="s",
        n=600,
        bytes=0,
        latency=Histogram.of({5: 600}),
        service=Histogram(),
    )
    failures = [Failure(start_ns=0, operation="read", outcome=Outcome.FAILED, text=f"t{i}", n=1) for i in range(600)]
    groups = errors_of(series_of([window]), [(0, WIDTH_NS)], pa.Table.from_batches([failures_batch(failures)]))
    assert len(groups) == 500
    assert sum(group.count for group in groups) == 600
    assert groups[-1].text == "101 other kinds"
