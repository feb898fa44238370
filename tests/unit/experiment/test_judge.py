"""Expectations held against known measurements."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract import parse_description
from harness.contract.kinds_of_coverage import coverage_by
from harness.experiment.contract_summary import shares_of
from harness.experiment.judge import Facts, judge
from harness.experiment.measured import Measured, subtract
from harness.experiment.scopes import Scopes
from harness.experiment.unwatched import unwatched
from harness.load import RAISED
from harness.model import (
    WIDTH_NS,
    Expectation,
    FaultRecord,
    Finding,
    Histogram,
    Level,
    OpenStage,
    Operation,
    Operations,
    Outcome,
    Profile,
    Timeline,
    Verdict,
    Window,
)
from harness.model.histogram import bin_of

TIMELINE = Timeline.lay_out(
    Profile((OpenStage(name="warm", rate=40, duration=5, warm_up=True), OpenStage(name="calm", rate=40, duration=55))),
    [],
)
GONE = FaultRecord(name="gone", edge="e", kind="down", describe="down", asked_s=20, from_s=20, to_s=30, recovery_s=2.0)


def window(
    second: float, millis: float, outcome: Outcome = Outcome.OK, n: int = 10, operation: str = "place"
) -> Window:
    micros = round(millis * 1000)
    histogram = Histogram.of({bin_of(micros): n}) if outcome is not Outcome.DROPPED else Histogram(infinite=n)
    return Window(
        start_ns=round(second * 1e9),
        operation=operation,
        outcome=outcome,
        stage="",
        n=n,
        bytes=0,
        latency=histogram,
        service=histogram,
    )


def facts(measured: Measured, **more: object) -> Facts:
    made = Facts(
        measured=measured,
        scopes=Scopes(TIMELINE, (GONE,), 60.0),
        operations=Operations([Operation(name="place", method="POST", template="/o")]),
        faults=(GONE,),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def flat(millis: float = 10.0, hurt: float = 10.0, errors_in_fault: bool = False) -> Measured:
    rows = []
    for i in range(240):
        second = i * 0.25
        in_fault = 20 <= second < 30
        rows.append(window(second, hurt if in_fault else millis))
        if in_fault and errors_in_fault:
            rows.append(window(second, 1, Outcome.SERVER_ERROR, n=5))
    return Measured.of(rows)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("p50 of place <= 20ms", Verdict.PASS),
        ("p95 of place <= 5ms", Verdict.FAIL),
        ("p95 of POST /o <= 20ms during steady", Verdict.PASS),
        ("p95 of nobody <= 20ms", Verdict.UNKNOWN),
        ("p95 <= 20ms during gone", Verdict.FAIL),
        ("p95 <= 20ms during steady", Verdict.PASS),
        ("p99 <= 20ms", Verdict.FAIL),
        ("max <= 400ms", Verdict.FAIL),
        ("max <= 600ms", Verdict.PASS),
        ("errors <= 1%", Verdict.FAIL),
        ("errors <= 40% during gone", Verdict.PASS),
        ("errors(5xx) <= 200 during gone", Verdict.PASS),
        ("errors(timeout) <= 0", Verdict.PASS),
        ("errors <= 30% over 5s", Verdict.FAIL),
        ("errors <= 1% during steady over 5s", Verdict.PASS),
        ("rate >= 39/s during calm", Verdict.PASS),
        ("rate >= 50/s during steady", Verdict.FAIL),
        ("recovery from gone <= 5s", Verdict.PASS),
        ("recovery from gone <= 2s", Verdict.PASS),
        ("recovery from gone <= 1.9s", Verdict.UNKNOWN),
        ("recovery from gone <= 1s", Verdict.FAIL),
        ("coverage of statuses >= 90%", Verdict.UNKNOWN),
        ("findings <= 0", Verdict.PASS),
    ],
)
def test_each_metric_is_decided_by_its_stretch(text: str, verdict: Verdict) -> None:
    """10 ms in calm, 500 ms and a third of errors under the fault: every scope sees its own part."""
    check = judge(Expectation.parse(text), facts(flat(hurt=500, errors_in_fault=True)))
    assert check.verdict is verdict, check


@pytest.mark.parametrize(
    ("text", "failed", "cut", "verdict"),
    [
        ("errors <= 1%", 0, True, Verdict.UNKNOWN),
        ("errors <= 1%", 0, False, Verdict.FAIL),
        ("errors <= 1%", 500, True, Verdict.FAIL),
        ("errors(unanswered) <= 0", 0, True, Verdict.UNKNOWN),
        ("errors(5xx) <= 0", 1, True, Verdict.FAIL),
        ("errors <= 90%", 0, True, Verdict.PASS),
    ],
)
def test_what_an_interrupt_cut_off_is_no_failure(text: str, failed: int, cut: bool, verdict: Verdict) -> None:
    """Requests that were open when somebody ended the run decide nothing against the target; those that had failed do."""
    rows = [window(59, 10, n=1000), window(59.5, 10, Outcome.UNANSWERED, n=30)]
    rows += [window(59, 10, Outcome.SERVER_ERROR, n=failed)] if failed else []
    check = judge(Expectation.parse(text), facts(Measured.of(rows), cut=cut))
    assert check.verdict is verdict, check
    assert ("30 were open when the run was cut short" in check.why) is (verdict is Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("seen", "verdict"), [(10, Verdict.PASS), (9, Verdict.PASS), (8, Verdict.FAIL), (0, Verdict.FAIL)]
)
def test_coverage_of_statuses_is_the_share_of_those_that_are_documented(seen: int, verdict: Verdict) -> None:
    """From what load and fuzzing answered, and the description: nine of ten statuses keep `>= 90%`, eight break it; others count nothing."""
    answers = {str(status): {"description": ""} for status in range(200, 205)}
    paths = {f"/{name}": {"get": {"operationId": name, "responses": answers}} for name in ("a", "b")}
    raw = json.dumps({"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": paths}).encode()
    rows = [{"kind": "seen", "operation": "ab"[n % 2], "status": 200 + n // 2, "n": 3} for n in range(seen)]
    stray = {"kind": "seen", "operation": "a", "status": 418, "n": 9}
    told = {"load": [*rows[::2], stray], "fuzz": [*rows[1:], stray]}
    shares = shares_of(coverage_by(parse_description(raw, source="x", target_url="http://127.0.0.1:1"), told))
    check = judge(Expectation.parse("coverage of statuses >= 90%"), facts(flat(), coverage=shares))
    assert (check.verdict, check.value) == (verdict, seen / 10), check
    assert f"{seen * 10}.0%" in check.why


def late_start(
    at: float, *, stage: float = 10.0, end: float | None = None, faults: tuple[FaultRecord, ...] = ()
) -> Facts:
    """A run of one stage that ended `at` seconds, with 250 good answers in each whole second of the stage and nothing else."""
    timeline = Timeline.lay_out(Profile((OpenStage(name="load", rate=100, duration=stage),)), [])
    rows = [window(i * 0.25, 10, n=25) for i in range(int(stage * 4))]
    return facts(Measured.of(rows), scopes=Scopes(timeline, faults, end or at, ended=True), faults=faults)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("max <= 12s", Verdict.UNKNOWN),
        ("max <= 5s", Verdict.FAIL),
        ("max >= 5s", Verdict.PASS),
        ("p95 <= 12s", Verdict.UNKNOWN),
        ("p95 <= 5s", Verdict.FAIL),
        ("p50 <= 12s", Verdict.PASS),
    ],
)
def test_what_was_open_at_the_end_waited_at_least_so_long(text: str, verdict: Verdict) -> None:
    """A tenth was never answered and had waited 7 s: nobody knows whether it would have come within 12 s."""
    rows = [window(i * 0.25, 10, n=90) for i in range(240)]
    rows += [window(i * 0.25, 7000, Outcome.UNANSWERED, n=10) for i in range(240)]
    check = judge(Expectation.parse(text), facts(Measured.of(rows)))
    assert check.verdict is verdict, check
    assert ("still open when the run ended" in check.why) is (verdict is Verdict.UNKNOWN)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.RESET, Outcome.TIMEOUT, Outcome.TRANSPORT])
def test_a_rate_counts_answers(outcome: Outcome) -> None:
    """A service that refuses every connection is quick, and answers nothing."""
    rows = [window(i * 0.25, 1, outcome, n=25) for i in range(240)]
    assert judge(Expectation.parse("rate >= 95/s"), facts(Measured.of(rows))).verdict is Verdict.FAIL
    rows += [window(i * 0.25, 1, Outcome.SERVER_ERROR, n=25) for i in range(240)]
    assert judge(Expectation.parse("rate >= 95/s"), facts(Measured.of(rows))).value == 100.0


@pytest.mark.parametrize(
    ("text", "value"),
    [("rate <= 100/s", 100.0), ("rate <= 100/s during gone", 100.0), ("rate >= 100/s over 300ms", 100.0)],
)
def test_a_rate_is_of_the_time_in_which_it_was_counted(text: str, value: float) -> None:
    """Neither the wait for the last answers, nor the parts of a window at the edges of a fault, nor a window that is no multiple of 250 ms."""
    gone = replace(GONE, from_s=5.01, to_s=6.255)
    check = judge(Expectation.parse(text), late_start(14.2, faults=(gone,)))
    assert (check.verdict, check.value) == (Verdict.PASS, value), check


def test_a_stretch_without_a_whole_window_has_no_rate() -> None:
    """Nothing that begins or ends within one is counted, so there is nothing to say."""
    brief = replace(GONE, from_s=5.01, to_s=5.24)
    check = judge(Expectation.parse("rate <= 1/s during gone"), late_start(10.0, faults=(brief,)))
    assert check.verdict is Verdict.UNKNOWN, check


@pytest.mark.parametrize("text", ["errors <= 0", "errors <= 0 during load"])
@pytest.mark.parametrize("ended", [10.1, 10.11, 10.24])
def test_the_last_window_counts_though_it_was_not_full(text: str, ended: float) -> None:
    """Requests that began in the last tenth of a second of a run of 10.1 s, and were all refused."""
    given = late_start(ended, stage=10.1)
    given.measured.add(window(10.0, 1, Outcome.REFUSED, n=100))
    assert judge(Expectation.parse(text), given).verdict is Verdict.FAIL


def test_what_begins_while_the_last_answers_are_awaited_counts() -> None:
    """The second request of a task may start after the profile's end; its failure belongs to the run, and is in no sliding window."""
    given = late_start(11.1)
    given.measured.add(window(11.0, 1, Outcome.SERVER_ERROR, n=1))
    assert judge(Expectation.parse("errors <= 0"), given).verdict is Verdict.FAIL
    assert judge(Expectation.parse("errors <= 0 over 2s"), given).verdict is Verdict.PASS


def test_between_two_times_of_a_flapping_fault_it_is_not_in_force() -> None:
    """Down for 1 s in every 5: all that is sent then fails, and nothing else."""
    flaky = replace(GONE, from_s=2.0, to_s=8.0, healing_s=8.0, windows=((2.0, 3.0), (7.0, 8.0)))
    given = late_start(10.0, faults=(flaky,))
    rows = [window(i * 0.25, 1, Outcome.RESET if i // 4 in (2, 7) else Outcome.OK, n=25) for i in range(40)]
    check = judge(Expectation.parse("errors <= 99% during gone"), replace(given, measured=Measured.of(rows)))
    assert (check.verdict, check.value) == (Verdict.FAIL, 1.0), check


@pytest.mark.parametrize(
    ("texts", "raised", "named"),
    [
        (["errors of place <= 1%"], 960, True),
        (["errors of place <= 1%"], 10, False),
        (["errors of place <= 1%", "errors <= 50%"], 960, False),
        (["p99 <= 1s"], 960, True),
        ([], 960, False),
    ],
)
def test_arrivals_that_no_expectation_looks_at_are_told(texts: list[str], raised: int, named: bool) -> None:
    """A task that raises before its request leaves an operation that holds because it was hardly called."""
    given = late_start(10.0)
    given.measured.add(window(5.0, 1, Outcome.FAILED, n=raised, operation=RAISED))
    found = unwatched([Expectation.parse(one) for one in texts], given.measured, given.scopes, due=1000)
    assert bool(found) is named
    assert all(one.verdict is Verdict.UNKNOWN and f"{raised:,} {RAISED}" in one.why for one in found)


def test_few_requests_are_unknown_with_the_way_out() -> None:
    """p99.9 of 240 requests cannot be bounded: neither pass nor fail."""
    measured = Measured.of(window(i * 0.25, 10, n=1) for i in range(240))
    check = judge(Expectation.parse("p99.9 <= 1s"), facts(measured))
    assert check.verdict is Verdict.UNKNOWN
    assert "run longer" in check.why


def test_no_requests_are_unknown() -> None:
    """An empty run passes nothing."""
    for text in ("p95 <= 1s", "errors <= 1%", "max <= 1s", "dropped <= 0%"):
        assert judge(Expectation.parse(text), facts(Measured())).verdict is Verdict.UNKNOWN, text


def test_dropped_arrivals_fail_a_quantile() -> None:
    """Ten in a hundred dropped makes p95 infinite: a fail, not a missing value."""
    rows = [window(i * 0.25, 10, n=9) for i in range(240)] + [
        window(i * 0.25, 0, Outcome.DROPPED, n=1) for i in range(240)
    ]
    check = judge(Expectation.parse("p95 <= 1s"), facts(Measured.of(rows)))
    assert check.verdict is Verdict.FAIL
    assert check.value == math.inf


@pytest.mark.parametrize(
    ("record", "expected", "why"),
    [
        (replace(GONE, detection_s=0.5), Verdict.PASS, "0.50 s"),
        (GONE, Verdict.UNKNOWN, "no two windows in a row left the steady state"),
        (replace(GONE, recovery_s=None), Verdict.UNKNOWN, "could not be learnt"),
    ],
)
def test_a_fault_that_nobody_felt_is_not_one_that_could_not_be_told(
    record: FaultRecord, expected: Verdict, why: str
) -> None:
    """Detection is unknown in both, for its own reason."""
    check = judge(Expectation.parse("detection of gone <= 1s"), facts(flat(), faults=(record,)))
    assert (check.verdict, why in check.why) == (expected, True), check.why


def test_a_recovery_that_never_came_is_judged_by_the_time_waited() -> None:
    """Censored beyond the limit is a fail; censored below it could still have been kept."""
    waited = replace(GONE, recovery_s=10.0, recovery_censored=True)
    close = judge(Expectation.parse("recovery from gone <= 9.9s"), facts(flat(), faults=(waited,)))
    assert close.verdict is Verdict.UNKNOWN  # the last window that was seen unsteady began at 9.75 s
    assert judge(Expectation.parse("recovery from gone <= 5s"), facts(flat(), faults=(waited,))).verdict is Verdict.FAIL
    assert (
        judge(Expectation.parse("recovery from gone <= 15s"), facts(flat(), faults=(waited,))).verdict
        is Verdict.UNKNOWN
    )


def test_notes_do_not_count_as_findings() -> None:
    """`findings` counts errors and warnings."""
    note = Finding(operation="place", check="c", signature="s", level=Level.NOTE, source="fuzz", message="m")
    error = replace(note, level=Level.ERROR)
    assert judge(Expectation.parse("findings <= 0"), facts(flat(), findings=(note,))).verdict is Verdict.PASS
    assert judge(Expectation.parse("findings of place <= 0"), facts(flat(), findings=(error,))).verdict is Verdict.FAIL


STRETCH = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda p: (float(min(p)), float(max(p))))


@given(STRETCH, st.lists(STRETCH, max_size=5))
def test_subtracting_leaves_exactly_what_is_outside(
    whole: tuple[float, float], holes: list[tuple[float, float]]
) -> None:
    """Every instant of the whole is either left or in a hole."""
    left = subtract([whole], holes)
    for half in range(200):
        at = half / 2 + 0.25
        inside = whole[0] <= at < whole[1] and not any(a <= at < b for a, b in holes)
        assert inside == any(a <= at < b for a, b in left)


def test_a_window_counts_only_where_it_lies_wholly_inside() -> None:
    """The slice in which a fault begins belongs to neither side."""
    measured = Measured.of([window(i * WIDTH_NS / 1e9, 1, n=1) for i in range(8)])
    assert len(measured.windows(None, [(0.1, 1.1)])) == 3
