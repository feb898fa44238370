from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.recorder import NO_OPERATION, OTHER, Recorder, window_of
from harness.load.sampled import SampledRecorder
from harness.model import WIDTH_NS, Histogram, Outcome
from harness.model.histogram import MAX_MICROS, bin_of

MS = 1_000_000
requests = st.lists(
    st.tuples(
        st.integers(0, 5 * 10**9),
        st.sampled_from(["read", "write"]),
        st.sampled_from([Outcome.OK, Outcome.SERVER_ERROR]),
        st.integers(0, 10**6),
        st.integers(0, 10**10),
        st.integers(0, 10**10),
    ),
    max_size=60,
)


@given(requests, st.integers(0, 60))
def test_draining_at_any_moment_loses_nothing(many: list[tuple[int, str, Outcome, int, int, int]], cut: int) -> None:
    """Drained once in the middle or only at the end, the merged counts are the same and every request is in them."""
    recorder = Recorder()
    windows = []
    for number, (at, operation, outcome, size, latency, service) in enumerate(many):
        if number == cut:
            windows += [window_of(row) for row in recorder.drain()]
        recorder.add(at, operation, outcome, "s", size, latency, service)
    windows += [window_of(row) for row in recorder.drain()]
    assert sum(w.n for w in windows) == len(many)
    assert sum(w.bytes for w in windows) == sum(one[3] for one in many)
    assert Histogram.merged(w.latency for w in windows).n == len(many)
    assert Histogram.merged(w.service for w in windows).n == len(many)
    assert all(w.start_ns % WIDTH_NS == 0 for w in windows)
    assert recorder.ended.total() == len(many)


@given(st.lists(st.integers(-5, 2 * MAX_MICROS), min_size=1, max_size=200))
def test_requests_that_are_binned_together_are_binned_alike(micros: list[int]) -> None:
    """However many there are, each is where `bin_of` has it, below zero and over an hour too."""
    recorder = Recorder()
    for number, latency in enumerate(micros):
        recorder.add(0, "read", Outcome.OK, "s", number, latency * 1000, latency * 500)
    (window,) = [window_of(row) for row in recorder.drain()]
    expected = Counter(bin_of(one) for one in micros)
    assert dict(zip(window.latency.bins, window.latency.counts, strict=True)) == expected
    halves = Counter(bin_of(one * 500 // 1000) for one in micros)
    assert dict(zip(window.service.bins, window.service.counts, strict=True)) == halves
    assert (window.n, window.bytes) == (len(micros), sum(range(len(micros))))


@given(requests, st.integers(0, 60))
def test_samples_tell_what_the_windows_tell(many: list[tuple[int, str, Outcome, int, int, int]], cut: int) -> None:
    """Each request is kept once, as it is counted; an arrival that waited or was dropped is kept, too; a drain takes all."""
    recorder = SampledRecorder()
    kept: list[tuple[int, str, str, int]] = []
    for number, (at, operation, outcome, size, latency, service) in enumerate(many):
        if number == cut:
            kept += zip(*recorder.drain_samples(), strict=True)
        recorder.add(at, operation, outcome, "s", size, latency, service)
    recorder.add_waiting(7, "s", 3000)
    recorder.add_dropped(8, "s")
    kept += zip(*recorder.drain_samples(), strict=True)
    assert kept == [
        *((at, operation, outcome.value, latency // 1000) for at, operation, outcome, _, latency, _ in many),
        (7, NO_OPERATION, "unanswered", 3),
        (8, NO_OPERATION, "dropped", -1),
    ]
    assert recorder.drain_samples() == ([], [], [], [])
    windows = [window_of(row) for row in recorder.drain()]
    assert sum(w.n for w in windows) == len(kept)


def test_without_being_asked_nothing_is_kept() -> None:
    """The plain recorder has no samples."""
    recorder = Recorder()
    recorder.add(0, "read", Outcome.OK, "s", 1, MS, MS)
    assert recorder.drain_samples() == ([], [], [], [])


def test_a_request_belongs_to_the_window_of_its_intended_start() -> None:
    """Intended at 260 ms, answered at 900 ms: it stands in the window that begins at 250 ms."""
    recorder = Recorder()
    recorder.add(260 * MS, "read", Outcome.OK, "s", 10, 640 * MS, 5 * MS)
    (window,) = [window_of(row) for row in recorder.drain()]
    assert window.start_ns == 250 * MS
    latency, service = window.latency.quantile(0.5), window.service.quantile(0.5)
    assert latency is not None
    assert service is not None
    assert abs(latency - 0.640) < 0.001
    assert abs(service - 0.005) < 0.00001


def test_a_dropped_arrival_is_infinite_and_has_no_service_time() -> None:
    """It is above every quantile of latency and absent from service time."""
    recorder = Recorder()
    recorder.add_dropped(0, "s")
    (window,) = [window_of(row) for row in recorder.drain()]
    assert (window.operation, window.outcome, window.n) == (NO_OPERATION, Outcome.DROPPED, 1)
    assert window.latency.quantile(0.5) == float("inf")
    assert window.service.n == 0


def test_names_beyond_the_bound_share_one() -> None:
    """A locustfile that puts ids into names does not eat the memory; no request is lost by it."""
    recorder = Recorder()
    for number in range(1500):
        recorder.add(0, f"/items/{number}", Outcome.OK, "s", 0, 1, 1)
    rows = [window_of(row) for row in recorder.drain()]
    assert sum(row.n for row in rows) == 1500
    assert next(row.n for row in rows if row.operation == OTHER) == 500
    assert recorder.full


@given(
    st.lists(
        st.tuples(st.integers(0, bin_of(MAX_MICROS)), st.integers(1, 10**9)), max_size=20, unique_by=lambda one: one[0]
    )
)
def test_a_row_that_travelled_is_what_was_sent(entries: list[tuple[int, int]]) -> None:
    """Any count comes back, large ones too."""
    bins, counts = [one[0] for one in entries], [one[1] for one in entries]
    got = window_of([0, "read", "ok", "s", 1, 1, list(bins), list(counts), 0, [], []])
    assert (got.latency.bins, got.latency.counts) == (tuple(bins), tuple(counts))


@pytest.mark.parametrize(
    ("bins", "counts", "kind"),
    [
        ([bin_of(MAX_MICROS) + 1], [1], ValueError),
        ([-1], [1], ValueError),
        ([1], [-1], ValueError),
        ([1], [2**63], ValueError),
        ([1.5], [1], TypeError),
        (["1"], [1], TypeError),
        ("12", [1, 1], TypeError),
        (None, [1], TypeError),
    ],
)
def test_a_row_of_garbage_is_refused(bins: object, counts: object, kind: type[Exception]) -> None:
    """A worker of another make must not spoil the figures of the others."""
    with pytest.raises(kind, match=r"whole numbers|within"):
        window_of([0, "read", "ok", "s", 1, 1, bins, counts, 0, [], []])
