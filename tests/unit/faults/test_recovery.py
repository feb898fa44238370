"""Recovery and detection of a service whose times are known."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.faults import Slice, detection, learn, measure, recovery, slices
from harness.model import WIDTH_NS, FaultRecord, Histogram, Outcome, Window
from harness.model.histogram import bin_of

FAULT, END = 10.0, 15.0


def windows(seed: int, back_s: float, *, rate: float = 100, until: float = 30, errors: float = 0.9) -> list[Window]:
    """Poisson arrivals with log-normal latency of about 5 ms; between FAULT and `back_s` most fail and the others are slow."""
    rng, at, rows = random.Random(seed), 0.0, []
    while (at := at + rng.expovariate(rate)) < until:
        sick = FAULT <= at < back_s
        failed = rng.random() < (errors if sick else 0.001)
        latency = rng.lognormvariate(-5.3, 0.4) + (0.3 if sick else 0.0)
        rows.append(
            Window(
                start_ns=int(at * 1e9) // WIDTH_NS * WIDTH_NS,
                operation="read",
                outcome=Outcome.SERVER_ERROR if failed else Outcome.OK,
                stage="s",
                n=1,
                bytes=0,
                latency=Histogram.of({bin_of(round(latency * 1e6)): 1}),
                service=Histogram(),
            )
        )
    return rows


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(0.3, 8.0), st.sampled_from([0.0, 0.3, 0.9]))
def test_a_recovery_is_never_told_too_early(seed: int, after: float, errors: float) -> None:
    """Whether it shows in errors, in latency or in both: no time below the true one, less a window."""
    series = slices(windows(seed, END + after, errors=errors), until_s=30)
    found = recovery(END, series, learn(series, from_s=2, until_s=FAULT))
    assert found.seconds is not None
    assert found.seconds >= after - found.uncertainty - 1e-6


def test_a_known_recovery_is_found_within_one_window() -> None:
    """Of 60 services, at least 57: in the others a calm window was outside by chance just then, and the time is told later."""
    close = 0
    for seed in range(60):
        after = 0.3 + seed % 20 * 0.37
        series = slices(windows(seed, END + after, errors=(0.0, 0.3, 0.9)[seed % 3]), until_s=30)
        found = recovery(END, series, learn(series, from_s=2, until_s=FAULT))
        assert found.seconds is not None
        close += abs(found.seconds - after) <= found.uncertainty + 1e-6
    assert close >= 57, close


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_a_fault_that_shows_at_once_is_detected_at_once(seed: int) -> None:
    """Detection lies within one window of the fault's start."""
    series = slices(windows(seed, END), until_s=30)
    found = detection(FAULT, END, series, learn(series, from_s=2, until_s=FAULT))
    assert found is not None
    assert found <= 0.25


def test_a_fault_without_effect_is_rarely_detected() -> None:
    """Of 60 calm runs, at most 5 % show a fault that did nothing, and at most 5 % a recovery above one window."""
    false, slow = 0, 0
    for seed in range(60):
        series = slices(windows(seed, back_s=FAULT, until=20), until_s=20)
        steady = learn(series, from_s=0, until_s=FAULT)
        false += detection(FAULT, END, series, steady) is not None
        slow += (recovery(END, series, steady).seconds or 0.0) > 0.25
    assert false <= 3
    assert slow <= 3


def test_a_run_that_ends_first_is_censored() -> None:
    """It lasted at least to the last window, which was not steady."""
    series = slices(windows(1, back_s=99, until=20), until_s=20)
    found = recovery(END, series, learn(series, from_s=2, until_s=FAULT))
    assert (found.seconds, found.censored) == (5.0, True)


def test_the_next_fault_ends_the_watch() -> None:
    """What a second fault does is not held against the first."""
    series = slices(windows(1, back_s=18), until_s=30)
    found = recovery(END, series, learn(series, from_s=2, until_s=FAULT), until_s=17)
    assert (found.seconds, found.censored) == (2.0, True)
    assert "next fault" in found.why


def test_without_calm_before_there_is_no_steady_state() -> None:
    """A fault in the first two seconds leaves recovery unknown, not zero."""
    series = slices(windows(1, back_s=18), until_s=30)
    steady = learn(series, from_s=0, until_s=1)
    assert steady is None
    assert recovery(END, series, steady).seconds is None


def test_a_silent_stretch_of_a_busy_service_is_no_recovery() -> None:
    """Where users wait for answers, no request in a window is a sign of a stall."""
    calm = [Slice(i / 4, 25, 0, 0.005) for i in range(40)]
    stalled = [Slice(10 + i / 4, 0, 0, None) for i in range(8)]
    back = [Slice(12 + i / 4, 25, 0, 0.005) for i in range(8)]
    series = [*calm, *stalled, *back]
    steady = learn(series, from_s=0, until_s=10)
    assert recovery(10.5, series, steady).seconds == 1.5
    assert detection(10, 10.5, series, steady) == 0


def test_chosen_operations_are_judged_alone() -> None:
    """Windows of other operations don't enter."""
    rows = windows(1, back_s=FAULT, until=5)
    assert sum(one.n for one in slices(rows, until_s=5, operations={"write"})) == 0


def record(name: str, start: float | None, end: float | None) -> FaultRecord:
    return FaultRecord(
        name=name, edge="db", kind="down", describe="", asked_s=start or 0.0, from_s=start, to_s=end, healed=True
    )


CALM = [Slice(i / 4, 25, 0, 0.005) for i in range(40)]


def hurt(start: float, end: float) -> list[Slice]:
    return [Slice(start + i / 4, 25, 20, 0.3) for i in range(round((end - start) * 4))]


def well(start: float, end: float) -> list[Slice]:
    return [Slice(start + i / 4, 25, 0, 0.005) for i in range(round((end - start) * 4))]


def test_each_fault_of_a_run_is_measured() -> None:
    """One that ends under another is known less well, by as long as that lasted, and one that never began stays as it is."""
    records = (record("inner", 11, 12), record("outer", 10, 14), record("never", None, None))
    inner, outer, never = measure(records, [*CALM, *hurt(10, 15), *well(15, 20)], calm_from_s=2)
    assert (inner.recovery_s, inner.recovery_uncertainty_s, inner.recovery_censored) == (3.0, 2.25, False)
    assert "recovery known less well: others were in force for 2.00 s of it" in inner.evidence
    assert (outer.recovery_s, outer.recovery_uncertainty_s, outer.recovery_censored) == (1.0, 0.25, False)
    assert outer.detection_s == 0.0
    assert never == records[2]


def test_faults_that_end_together_recover_together() -> None:
    """Healed 15 ms apart: both are measured, to the first steady window after the last of them."""
    records = (record("a", 10, 12), record("b", 10, 12.015))
    first, second = measure(records, [*CALM, *hurt(10, 13), *well(13, 90)], calm_from_s=2)
    assert (first.recovery_s, first.recovery_uncertainty_s, first.recovery_censored) == (1.0, 0.265, False)
    assert second.recovery_s is not None
    assert (round(second.recovery_s, 3), second.recovery_censored) == (0.985, False)
    assert "recovery" not in first.evidence


@given(
    st.lists(st.tuples(st.floats(10, 20), st.floats(0.1, 8)), min_size=2, max_size=4),
    st.floats(0, 8),
)
def test_faults_that_overlap_are_never_told_a_wrong_time(spans: list[tuple[float, float]], after: float) -> None:
    """The service is sick from the first on until some time after the last: whatever is told of each bounds the true time from its own
    end, and from the end of all that were in force with it."""
    records = [record(str(i), start, start + lasts) for i, (start, lasts) in enumerate(spans)]
    back = max(one.to_s for one in records if one.to_s) + after
    sick = min(one.from_s for one in records if one.from_s)
    series = [Slice(i / 4, 25, 20 * (sick < (i + 1) / 4 and i / 4 < back), 0.005) for i in range(200)]
    last = max(start for start, _ in spans)
    for one in measure(records, series, calm_from_s=2):
        assert one.to_s is not None
        assert one.recovery_s is not None
        if one.recovery_censored:
            assert one.to_s < last  # another one followed
            assert one.recovery_s <= back - one.to_s + 0.25
        else:
            assert back - one.to_s <= one.recovery_s + 1e-6
            assert one.recovery_s - one.recovery_uncertainty_s <= after + 0.25 + 2e-3


def test_a_fault_under_one_that_shows_nothing_recovers_by_itself() -> None:
    """A service that is steady under the other one has recovered; what the other had of it is not known."""
    records = (record("a", 10, 12), record("weak", 5, 60))
    one, _ = measure(records, [*CALM[:40], *hurt(10, 12.5), *well(12.5, 90)], calm_from_s=0)
    assert (one.recovery_s, one.recovery_uncertainty_s, one.recovery_censored) == (0.5, 0.75, False)


@given(st.lists(st.booleans(), max_size=3))
def test_a_censored_time_is_the_last_that_was_not_steady(outside: list[bool]) -> None:
    """Not the time waited: of a service that never left its steady state nothing is known to have lasted."""
    after = [
        hurt(12 + i / 4, 12.25 + i / 4)[0] if sick else well(12 + i / 4, 12.25 + i / 4)[0]
        for i, sick in enumerate(outside)
    ]
    records = (record("a", 10, 12), record("b", 12.9, 14))
    one, _ = measure(records, [*CALM, *well(10, 12), *after, *well(12 + len(after) / 4, 30)], calm_from_s=2)
    sick_until = max((i + 1 for i, sick in enumerate(outside) if sick), default=0) / 4
    assert (one.recovery_s, one.recovery_censored) == (sick_until, True)
    assert "recovery unknown: the next fault began" in one.evidence


def test_a_fault_that_outlasts_the_watch_leaves_nothing_known() -> None:
    """What was unsteady may be its doing to the end."""
    records = (record("a", 10, 12), record("stays", 11, None))
    one, _ = measure(records, [*CALM, *hurt(10, 20)], calm_from_s=2)
    assert (one.recovery_s, one.recovery_censored) == (0.0, True)


@given(st.integers(1, 4), st.floats(10.5, 12.0))
def test_a_total_outage_of_rare_requests_is_detected(every: int, start: float) -> None:
    """Windows in which nobody asked stand between those that failed, and tell nothing."""
    series = _sparse(every, 20.0, sick_from=start)
    found = detection(start, 20.0, series, learn(series, from_s=0, until_s=10.0))
    assert found is not None
    assert found <= every / 4 + 1e-9


def _sparse(every: int, back: float, *, sick_from: float = 10) -> list[Slice]:
    """One request in every `every`-th window; from 10 s until `back` each fails."""
    return [
        Slice(i / 4, 1, int(sick_from <= i / 4 < back), None if sick_from <= i / 4 < back else 0.005)
        if i % every == 0
        else Slice(i / 4, 0, 0, None)
        for i in range(400)
    ]


@given(st.integers(1, 8), st.floats(12.0, 60.0))
def test_a_rare_operation_is_known_less_well(every: int, back: float) -> None:
    """The true recovery lies within what is said, however rare the requests."""
    series = _sparse(every, back)
    found = recovery(12.0, series, learn(series, from_s=0, until_s=10.0))
    if every > 5:
        assert found.seconds is None or found.uncertainty > 0.25  # fewer than eight windows of calm are no steady state
    if found.seconds is not None:
        true = back - 12.0
        assert true - 0.25 <= found.seconds <= true + found.uncertainty + 1e-6
        assert found.uncertainty >= 0.25


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.5, 4.0), st.floats(0.5, 4.0))
def test_each_operation_is_measured_by_its_own_calm(seed: int, first: float, second: float) -> None:
    """One that is slow by nature is no less steady; each recovers in its own time, and the pooled time is not below the longest."""
    rows = {"read": windows(seed, END + first), "write": windows(seed + 1, END + second)}
    series = {name: slices(some, until_s=30) for name, some in rows.items()}
    pooled = slices([one for some in rows.values() for one in some], until_s=30)
    (told,) = measure((record("gone", FAULT, END),), pooled, calm_from_s=2, operations=series)
    by = {one.name: one for one in told.operations}
    for name, true in (("read", first), ("write", second)):
        assert by[name].recovery_s is not None
        assert by[name].recovery_s >= true - by[name].recovery_uncertainty_s - 1e-6
        assert by[name].detection_s is not None
        assert by[name].steady_p95_ms is not None
    assert told.recovery_s is not None
    assert told.recovery_s >= max(first, second) - told.recovery_uncertainty_s - 1e-6


def test_a_run_that_ends_first_says_so_for_each_operation() -> None:
    """Censored, with the reason and the time that is known."""
    rows = windows(1, back_s=99, until=20)
    series = slices(rows, until_s=20)
    (told,) = measure((record("gone", FAULT, END),), series, calm_from_s=2, operations={"read": series})
    (one,) = told.operations
    assert (one.recovery_s, one.recovery_censored) == (5.0, True)
    assert "the run ended" in one.why
