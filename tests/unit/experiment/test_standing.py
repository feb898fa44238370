"""Expectations of a run that goes on: what can be said so far is said, and what cannot is honest about when it can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.cockpit.standing import judged
from harness.experiment.judge import Facts, judge
from harness.experiment.measured import Measured
from harness.experiment.recoveries import measure_recoveries
from harness.experiment.scopes import Scopes
from harness.load import Clock, Health, standing_checks
from harness.load.validity import CPU_LIMIT
from harness.model import (
    WIDTH_NS,
    Check,
    Expectation,
    FaultRecord,
    Finding,
    Histogram,
    Level,
    OpenStage,
    Operations,
    Outcome,
    Profile,
    Span,
    Timeline,
    Verdict,
    Window,
)
from harness.model.histogram import bin_of
from harness.ui.state import FaultState

PROFILE = Profile((OpenStage(name="calm", rate=40, duration=40), OpenStage(name="rush", rate=80, duration=20)))
TIMELINE = Timeline(PROFILE.spans, (Span("gone", 10.0, 15.0),), 60.0)
LINE = FaultState(name="gone", edge="db", kind="down", planned_s=10.0, planned_end_s=15.0)
FOUND = Finding(operation="a", check="c", signature="500", level=Level.ERROR, source="oracle", message="m")


def window(number: int, *, ok: bool) -> Window:
    histogram = Histogram.of({bin_of(5_000): 10})
    outcome = Outcome.OK if ok else Outcome.SERVER_ERROR
    return Window(
        start_ns=number * WIDTH_NS,
        operation="a",
        outcome=outcome,
        stage="",
        n=10,
        bytes=0,
        latency=histogram,
        service=histogram,
    )


def stand(text: str, at_s: float, line: FaultState = LINE, *, back_s: float = 99.0, **more: Any) -> Check:
    """Judged at `at_s`: errors from 10 s until `back_s`."""
    measured = Measured()
    for number in range(int(at_s * 4)):
        measured.add(window(number, ok=not 10.0 <= number / 4 < back_s))
    records: tuple[FaultRecord, ...] = ()
    if line.from_s is not None:
        records = (
            FaultRecord(
                name="gone",
                edge="db",
                kind="down",
                describe="",
                asked_s=10.0,
                from_s=line.from_s,
                to_s=line.to_s or at_s,
            ),
        )
    records, _ = measure_recoveries(records, measured, TIMELINE, at_s, each=False)
    facts = Facts(measured=measured, scopes=Scopes(TIMELINE, records, at_s), operations=Operations(), faults=records)
    return judged(Expectation.parse(text), replace(facts, **more), {"gone": line}, TIMELINE)


IN_FORCE = LINE.model_copy(update={"phase": "in force", "from_s": 10.0})
OVER = LINE.model_copy(update={"phase": "over", "from_s": 10.0, "to_s": 15.0})


@pytest.mark.parametrize(
    "text", ["recovery from gone <= 5s", "detection of gone <= 1s", "errors <= 5% during gone", "p99 <= 1s during gone"]
)
def test_what_a_fault_brings_is_not_known_before_it(text: str) -> None:
    """It says when the fault begins."""
    check = stand(text, 5.0)
    assert check.verdict is Verdict.UNKNOWN
    assert check.why == "not yet: fault `gone` begins at 10s"


def test_a_recovery_is_told_from_the_fault_to_its_end() -> None:
    """In force; under way; too long for its limit, which nothing can mend; and once it is over, as the run's end will judge it."""
    text = "recovery from gone <= 5s"
    assert stand(text, 12.0, IN_FORCE).why == "not yet: the fault is in force; recovery is measured from its end"
    under_way = stand(text, 18.0, OVER)
    assert (under_way.verdict, under_way.value) == (Verdict.UNKNOWN, 3.0)
    assert under_way.why.startswith("in progress: not back 3.0 s")
    assert stand(text, 21.0, OVER).verdict is Verdict.UNKNOWN  # it may have come back in time, and not be confirmed yet
    assert stand(text, 25.0, OVER).verdict is Verdict.FAIL
    back = stand(text, 25.0, OVER, back_s=17.0)
    assert (back.verdict, back.value) == (Verdict.PASS, 2.0)


@given(st.floats(15.0, 25.0), st.floats(15.0, 59.0))
def test_a_recovery_that_failed_while_it_went_on_fails_at_the_end(back_s: float, at_s: float) -> None:
    """A verdict on the way is never taken back by what comes later."""
    text = "recovery from gone <= 5s"
    if stand(text, at_s, OVER, back_s=back_s).verdict is Verdict.FAIL:
        assert stand(text, 60.0, OVER, back_s=back_s).verdict is Verdict.FAIL


def test_a_fault_that_does_not_show_yet_is_no_missed_detection() -> None:
    """While it is in force it may still show."""
    assert stand("detection of gone <= 1s", 10.1, IN_FORCE).why == "in progress: the fault did not show so far"
    assert stand("detection of gone <= 1s", 14.0, IN_FORCE).verdict is Verdict.PASS


def test_findings_and_coverage_are_counted_so_far() -> None:
    """At most so many: kept so far, or broken for good. At least so much: reached for good, or not yet."""
    none, one = stand("findings <= 0", 5.0), stand("findings <= 0", 5.0, findings=(FOUND,))
    assert (none.verdict, none.value, none.why) == (
        Verdict.PASS,
        0.0,
        "0 findings, notes and what a baseline accepts left out so far",
    )
    assert (one.verdict, one.value) == (Verdict.FAIL, 1.0)
    text = "coverage of operations >= 90%"
    assert stand(text, 5.0, coverage={}).why.startswith("not yet: nothing that the contract describes was seen")
    some, all_ = stand(text, 5.0, coverage={"operations": 0.4}), stand(text, 5.0, coverage={"operations": 0.95})
    assert (some.verdict, some.value, some.why) == (Verdict.UNKNOWN, 0.4, "40.0% so far")
    assert all_.verdict is Verdict.PASS


def test_a_stage_that_has_not_begun_says_when_it_does() -> None:
    """Neither passed nor failed."""
    assert stand("errors <= 1% during rush", 5.0).why == "not yet: stage `rush` begins at 40s"
    assert stand("errors <= 1%", 0.0).why == "not yet: nothing of it has passed"


@given(st.floats(5.0, 60.0), st.sampled_from(["errors <= 1%", "p99 <= 4ms", "rate >= 30/s", "max <= 1s"]))
def test_what_needs_no_patience_is_judged_as_at_the_end(at_s: float, text: str) -> None:
    """The same rules, on what there is."""
    measured = Measured()
    for number in range(int(at_s * 4)):
        measured.add(window(number, ok=True))
    facts = Facts(measured=measured, scopes=Scopes(TIMELINE, (), at_s), operations=Operations())
    expectation = Expectation.parse(text)
    assert judged(expectation, facts, {}, TIMELINE) == judge(expectation, facts)


def health(**more: Any) -> Health:
    return Health(**{"at_ns": 0, "interval_s": 3.0, "cpu": 0.2, "due": 100, **more})


def test_each_limit_of_the_generator_says_where_it_stands() -> None:
    """Value and limit from the first second on; what is over its limit makes the run unknown, a lost process and a bad clock too."""
    calm = {one.name: one for one in standing_checks([[health()]], 0, ())}
    assert {one.verdict for one in calm.values()} == {Verdict.PASS}
    assert calm["generator CPU"].value == pytest.approx(0.2)
    assert calm["generator CPU"].limit == CPU_LIMIT
    assert "whole profile" not in calm  # nobody knows before the end
    clock = Clock(host="h", offset_ns=0, uncertainty_ns=30_000_000)
    sick = health(cpu=0.99, late=50, dropped=3, no_ports=2)
    bad = {one.name: one for one in standing_checks([[health()], [sick]], 1, (clock,))}
    assert {one.verdict for one in bad.values()} == {Verdict.UNKNOWN}
    assert bad["late arrivals"].value == 0.25
    assert bad["load processes"].why == "1 of 2 load processes were lost"
    assert bad["clocks of workers"].value == 30.0
    known = standing_checks([[health()]], 0, (replace(clock, uncertainty_ns=1_000_000),))
    assert known[-1].verdict is Verdict.PASS  # that it is asked again at the end is no doubt now
