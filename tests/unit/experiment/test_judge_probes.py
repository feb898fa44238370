"""Expectations on probes and alerts, held against known samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.judge import Facts, judge
from harness.experiment.live import Live
from harness.experiment.measured import Measured
from harness.experiment.sampled import Sampled
from harness.experiment.scopes import Scopes
from harness.model import Expectation, FaultRecord, Operations, Probe, Sample, StopWhen, Timeline, Verdict

END = 60.0
PLAN = Timeline.lay_out(None, [], live_s=END)
GONE = FaultRecord(name="gone", edge="e", kind="down", describe="", asked_s=20, from_s=20.0, to_s=30.0)
ALERT = "alert HighErrors"
PROBES = {
    "queue": Probe(name="queue", kind="http", ask="http://127.0.0.1/"),
    ALERT: Probe(name=ALERT, kind="alert", ask="HighErrors"),
}


def sampled(value: Callable[[float], float | None], name: str = "queue", end: float = END) -> Sampled:
    """One sample a second."""
    some = Sampled(PROBES)
    for second in range(int(end)):
        said = value(second)
        some.add(Sample(t_ns=second * 10**9, probe=name, value=said, error="" if said is not None else "refused"))
    return some


def verdict(text: str, some: Sampled) -> Verdict:
    facts = Facts(
        measured=Measured(), scopes=Scopes(PLAN, (GONE,), END), operations=Operations(), faults=(GONE,), sampled=some
    )
    return judge(Expectation.parse(text, ("queue",)), facts).verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("queue <= 10", Verdict.FAIL),
        ("queue <= 100", Verdict.PASS),
        ("queue <= 10 during steady", Verdict.PASS),
        ("queue >= 50 during gone", Verdict.PASS),
        ("queue >= 51 during gone", Verdict.FAIL),
        ("queue <= 30 over 20s", Verdict.PASS),  # ten seconds of 50 in any twenty: a mean of 27.5
        ("queue <= 25 over 20s", Verdict.FAIL),
        ("queue <= 30 over 2m", Verdict.UNKNOWN),
    ],
)
def test_the_worst_sample_decides(text: str, expected: Verdict) -> None:
    """And with `over`, the worst mean of any such window."""
    assert verdict(text, sampled(lambda t: 50.0 if 20 <= t < 30 else 5.0)) is expected


@given(st.lists(st.booleans(), min_size=60, max_size=60))
def test_what_was_not_sampled_is_never_a_pass(there: list[bool]) -> None:
    """Whatever is missing: it passes only where no gap is longer than three intervals, and fails wherever a bad value was seen."""
    some = sampled(lambda t: 1.0 if there[int(t)] else None)
    longest = max(len(run) for run in "".join("x" if one else "." for one in there).split("x"))
    said = verdict("queue <= 10", some)
    assert said is not Verdict.FAIL
    if said is Verdict.PASS:
        assert longest <= 3
    if longest <= 1:
        assert said is Verdict.PASS
    if any(there):
        assert verdict("queue <= 0", some) is Verdict.FAIL


@pytest.mark.parametrize(
    ("took_s", "value", "text", "expected"),
    [
        (
            0.2,
            5.0,
            "queue >= 50 during gone",
            Verdict.UNKNOWN,
        ),  # seen when the fault went: nobody knows which it tells of
        (0.05, 5.0, "queue >= 50 during gone", Verdict.FAIL),  # said while the fault was surely in force
        (0.2, 500.0, "queue <= 90 during gone", Verdict.UNKNOWN),
        (0.2, 60.0, "queue <= 90 during gone", Verdict.PASS),
        (0.2, 5.0, "queue <= 90 during steady", Verdict.PASS),
    ],
)
def test_a_sample_under_way_at_healing_decides_nothing_alone(
    took_s: float, value: float, text: str, expected: Verdict
) -> None:
    """From the beginning of healing to its end, a fault is neither in force nor gone."""
    fault = replace(GONE, healing_s=29.1, to_s=29.9)
    some = Sampled(PROBES)
    for second in range(int(END)):
        last = second == 29
        said = value if last else 50.0 if 20 <= second < 29 else 5.0
        took = round((took_s if last else 0.01) * 1e9)
        some.add(Sample(t_ns=second * 10**9, probe="queue", value=said, took_ns=took))
    facts = Facts(
        measured=Measured(), scopes=Scopes(PLAN, (fault,), END), operations=Operations(), faults=(fault,), sampled=some
    )
    assert judge(Expectation.parse(text, ("queue",)), facts).verdict is expected


def test_a_probe_that_never_spoke_is_unknown() -> None:
    """With its reason."""
    assert verdict("queue <= 10", sampled(lambda _: None)) is Verdict.UNKNOWN
    assert verdict("queue <= 10", Sampled(PROBES)) is Verdict.UNKNOWN
    assert verdict("queue <= 10", Sampled()) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("fires_from", "limit", "expected"),
    [
        (25.0, "10s", Verdict.PASS),
        (25.0, "3500ms", Verdict.FAIL),  # at most a second earlier than it was seen
        (25.0, "4500ms", Verdict.UNKNOWN),
        (99.0, "10s", Verdict.FAIL),
        (99.0, "60s", Verdict.UNKNOWN),  # the run ended before
        (10.0, "10s", Verdict.UNKNOWN),  # it fired before the fault
    ],
)
def test_an_alert_fires_in_time_or_not(fires_from: float, limit: str, expected: Verdict) -> None:
    """Counted from the fault's start."""
    some = sampled(lambda t: float(t >= fires_from), ALERT)
    assert verdict(f"alert HighErrors fires within {limit} of gone", some) is expected


def test_an_alert_that_was_asked_for_as_the_fault_began_did_not_fire_before_it() -> None:
    """Asked just before, and answered when the fault was in force already: it says nothing of the time before."""
    some = Sampled(PROBES)
    for second in range(int(END)):
        fires, took = (0.0, 0.01) if second < 20 else (1.0, 0.2)
        some.add(Sample(t_ns=second * 10**9, probe=ALERT, value=fires, took_ns=round(took * 1e9)))
    gone = replace(GONE, from_s=20.1)
    facts = Facts(
        measured=Measured(), scopes=Scopes(PLAN, (gone,), END), operations=Operations(), faults=(gone,), sampled=some
    )
    assert judge(Expectation.parse("alert HighErrors fires within 10s of gone"), facts).verdict is Verdict.PASS


@pytest.mark.parametrize(("limit", "expected"), [("30s", Verdict.PASS), ("12s", Verdict.UNKNOWN)])
def test_an_alert_that_was_not_asked_for_in_between_is_open(limit: str, expected: Verdict) -> None:
    """It was seen to fire after a gap: it began by then, and perhaps long before."""
    some = sampled(lambda t: None if 21 <= t < 34 else float(t >= 34), ALERT)
    assert verdict(f"alert HighErrors fires within {limit} of gone", some) is expected


def test_nobody_knew_of_alerts() -> None:
    """Before the fault nothing was asked, or nothing at all."""
    text = "alert HighErrors fires within 10s of gone"
    assert verdict(text, sampled(lambda t: None if t < 25 else 1.0, ALERT)) is Verdict.UNKNOWN
    assert verdict(text, Sampled()) is Verdict.UNKNOWN


@pytest.mark.parametrize(("bad_from", "stops"), [(40.0, True), (48.0, False)])
def test_a_probe_can_stop_a_run(bad_from: float, stops: bool) -> None:
    """Once the mean of the last five settled seconds is above the limit."""
    condition = StopWhen(expectation=Expectation.parse("queue > 100 over 5s", ("queue",)))
    some = sampled(lambda t: 150.0 if t >= bad_from else 1.0, end=50)
    live = Live(None, PLAN, Operations(), (condition,), sampled=some)
    assert bool(live.must_stop(50.0, [])) is stops
    assert live.progress(50.0, queued=0, dropped=0, late_share=0).probes["queue"] == 150.0
