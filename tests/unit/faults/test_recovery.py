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
    """No time is made up."""
    series = slices(windows(1, back_s=99, until=20), until_s=20)
    found = recovery(END, series, learn(series, from_s=2, until_s=FAULT))
    assert (found.seconds, found.censored) == (None, True)


def test_the_next_fault_ends_the_watch() -> None:
    """What a second fault does is not held against the first."""
    series = slices(windows(1, back_s=18), until_s=30)
    found = recovery(END, series, learn(series, from_s=2, until_s=FAULT), until_s=17)
    assert (found.seconds, found.censored) == (None, True)
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


def test_each_fault_of_a_run_is_measured() -> None:
    """One that ends under another is censored, and one that never began stays as it is."""
    calm = [Slice(i / 4, 25, 0, 0.005) for i in range(40)]
    hurt = [Slice(10 + i / 4, 25, 20, 0.3) for i in range(20)]
    back = [Slice(15 + i / 4, 25, 0, 0.005) for i in range(20)]
    records = (record("inner", 11, 12), record("outer", 10, 14), record("never", None, None))
    inner, outer, never = measure(records, [*calm, *hurt, *back], calm_from_s=2)
    assert (inner.recovery_s, inner.recovery_censored) == (None, True)
    assert (outer.recovery_s, outer.detection_s, outer.recovery_censored) == (1.0, 0.0, False)
    assert never == records[2]


def _sparse(every: int, back: float) -> list[Slice]:
    """One request in every `every`-th window; from 10 s until `back` each fails."""
    return [
        Slice(i / 4, 1, int(10 <= i / 4 < back), None if 10 <= i / 4 < back else 0.005)
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
    """Censored, with the reason; the time known until then is filled in by who knows the end."""
    rows = windows(1, back_s=99, until=20)
    series = slices(rows, until_s=20)
    (told,) = measure((record("gone", FAULT, END),), series, calm_from_s=2, operations={"read": series})
    (one,) = told.operations
    assert (one.recovery_s, one.recovery_censored) == (None, True)
    assert "the run ended" in one.why
