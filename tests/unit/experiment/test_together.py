"""All runs of an arm told as one: the worst verdict, in how many runs, and never less than what one of them broke."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.together import arm_runs
from harness.model import Verdict, worst
from harness.results import (
    AuditCase,
    AuditSummary,
    ContractSummary,
    Coverage,
    ExpectationSummary,
    FaultSummary,
    Figures,
    FindingSummary,
    MarkSummary,
    OperationSummary,
    ProbePoint,
    ProbeSummary,
    Quantiles,
    Summary,
    ValiditySummary,
)


def _run(number: int = 0, **parts: object) -> Summary:
    return Summary(run=f"r{number}", scenario="s", target="t", verdict=Verdict.PASS, **parts)


def _expected(verdict: Verdict, value: float, cmp: str = "<=") -> ExpectationSummary:
    return ExpectationSummary(text="x", verdict=verdict, value=value, limit=250, unit="ms", cmp=cmp, why="because")


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.floats(1, 1000)), min_size=1, max_size=12))
def test_an_expectation_is_as_good_as_its_worst_run(runs: list[tuple[Verdict, float]]) -> None:
    """Its verdict and its value are those of the worst, whatever the order."""
    (told,) = arm_runs([_run(expectations=(_expected(*one),)) for one in runs], [{}] * len(runs)).expectations
    assert told.verdict is worst(verdict for verdict, _ in runs)
    assert told.value == max(value for _, value in runs)
    kept = sum(verdict is Verdict.PASS for verdict, _ in runs)
    assert not kept or str(kept) in told.why


def test_what_must_be_large_is_worst_where_it_is_small() -> None:
    """A rate that is expected to be at least so much."""
    runs = [_run(expectations=(_expected(Verdict.PASS, value, ">="),)) for value in (300, 260, 280)]
    assert arm_runs(runs, [{}] * 3).expectations[0].value == 260


def test_a_fault_that_one_run_did_not_see_was_not_in_force() -> None:
    """Recovery is the median; where most were not over, it is at least so long."""
    faults = [
        FaultSummary(name="gone", edge="db", kind="down", from_s=1, to_s=2, in_force=seen, healed=True, recovery_s=s, recovery_censored=c)
        for seen, s, c in ((True, 1.0, False), (False, 3.0, True), (True, 2.0, True))
    ]  # fmt: skip
    (told,) = arm_runs([_run(faults=(one,)) for one in faults], [{}] * 3).faults
    assert told.in_force is False
    assert (told.recovery_s, told.recovery_censored) == (2.0, True)
    assert told.evidence == "in force in 2 of 3 runs, never left steady in 3, not back before the end in 2"


def test_a_promise_broken_once_is_broken_and_shows_its_case() -> None:
    """The case is of the run that broke it first, which is named; what was checked adds up."""
    kept = AuditSummary(check="no-lost-orders", verdict=Verdict.PASS, why="all there", checked=10)
    broken = kept.model_copy(
        update={"verdict": Verdict.FAIL, "why": "one is lost", "cases": (AuditCase(message="lost", steps=("a", "b")),)}
    )
    (told,) = arm_runs([_run(n, audit=(one,)) for n, one in enumerate((kept, broken, kept))], [{}] * 3).audit
    assert told.verdict is Verdict.FAIL
    assert told.why == "kept in 2 of 3 runs, broken in 1; r1: one is lost"
    assert told.checked == 30
    assert told.cases[0].steps == ("a", "b")


def test_a_finding_stands_where_each_run_first_saw_it() -> None:
    """The errors first; what was found before the load has no place on its axis."""
    seen = FindingSummary(identity="a", level="warning", source="oracle", operation="o", message="m", at_s=7.5)
    worse = seen.model_copy(update={"identity": "b", "level": "error", "at_s": 3.0})
    before = seen.model_copy(update={"identity": "c", "at_s": None})
    runs = [_run(0, findings=(seen, worse)), _run(1, findings=(seen.model_copy(update={"at_s": 2.0}), before))]
    told = arm_runs(runs, [{}] * 2).first_seen
    assert [(one.identity, one.level, one.at_s) for one in told] == [
        ("b", "error", (3.0,)),
        ("a", "warning", (2.0, 7.5)),
    ]


def test_a_mark_keeps_the_name_of_its_run() -> None:
    """In order of time."""
    runs = [_run(n, marks=(MarkSummary(at_s=9 - n, text=f"m{n}", by="me"),)) for n in (0, 1)]
    assert [(one.run, one.at_s, one.text, one.by) for one in arm_runs(runs, [{}] * 2).marks] == [
        ("r1", 8, "m1", "me"),
        ("r0", 9, "m0", "me"),
    ]


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 2000), st.one_of(st.none(), st.floats(-1e6, 1e6))), min_size=1, max_size=60),
        min_size=1,
        max_size=6,
    )
)
def test_a_probe_is_the_mean_of_its_runs(runs: list[list[tuple[float, float | None]]]) -> None:
    """On one grid of at most 120 stretches; no value where no run has one, and never beyond what was sampled."""
    each = [tuple(ProbePoint(t_s=t, value=v) for t, v in sorted(some, key=lambda one: one[0])) for some in runs]
    (told,) = arm_runs([_run(probes=(ProbeSummary(name="q", points=some),)) for some in each], [{}] * len(each)).probes
    times = [one.t_s for one in told.points]
    assert times == sorted(set(times))
    assert len(times) <= 120
    sampled = [v for some in runs for _, v in some if v is not None]
    values = [one.value for one in told.points if one.value is not None]
    assert bool(values) == bool(sampled)
    assert all(min(sampled) - 1e-6 <= value <= max(sampled) + 1e-6 for value in values)


def test_a_run_with_more_samples_weighs_no_more() -> None:
    """Two runs, a stretch of one second: 1 and 3 are 2, however often the second was sampled."""
    one = ProbeSummary(name="q", every_s=1, samples=1, mean=1.0, points=(ProbePoint(t_s=0, value=1),))
    other = ProbeSummary(name="q", samples=3, mean=3.0, points=tuple(ProbePoint(t_s=t / 4, value=3) for t in range(3)))
    (told,) = arm_runs([_run(probes=(one,)), _run(probes=(other,))], [{}] * 2).probes
    assert [(point.t_s, point.value, point.low, point.high) for point in told.points] == [(0, 2, 1, 3)]
    assert (told.samples, told.mean) == (4, 2.5)


def test_coverage_is_what_any_run_saw() -> None:
    """Only what no run saw is missing."""
    each = [
        ContractSummary(coverage=(Coverage(kind="statuses", seen=2, total=4, missing=missing),))
        for missing in (("a", "b"), ("b", "c"))
    ]
    (told,) = arm_runs([_run(contract=one) for one in each], [{}] * 2).contract.coverage
    assert (told.seen, told.total, told.missing) == (3, 4, ("b",))


def test_an_operation_under_a_fault_is_told_by_the_median_run() -> None:
    """Requests and errors add up; slower is the median of what each run was slower than its own calm."""
    calm = OperationSummary(name="o", seconds=1, requests=1, rate=1, errors=0, calm=_at(10))
    runs = [_run(operations=(calm,)) for _ in range(3)]
    (told,) = arm_runs(runs, [{("o", "gone"): _at(p99)} for p99 in (20, 90, 30)]).under_faults
    assert (told.figures.requests, told.figures.errors, told.figures.latency_ms.p99, told.slower) == (300, 3, 30, 3)


def _at(p99: float) -> Figures:
    return Figures(seconds=1, requests=100, rate=100, errors=1, latency_ms=Quantiles(p99=p99))


def test_validity_is_that_of_the_worst_run() -> None:
    """The one that was farthest, and which it was."""
    each = [
        ValiditySummary(check="cpu", verdict=verdict, value=value, why=f"{value}")
        for verdict, value in ((Verdict.PASS, 0.9), (Verdict.UNKNOWN, 0.95), (Verdict.PASS, 0.2))
    ]
    (told,) = arm_runs([_run(n, validity=(one,)) for n, one in enumerate(each)], [{}] * 3).validity
    assert (told.verdict, told.value) == (Verdict.UNKNOWN, 0.95)
    assert told.why == "passed in 2 of 3 runs, not known in 1; r1: 0.95"


def test_no_run_says_nothing() -> None:
    """All parts are empty, and nothing passes."""
    told = arm_runs([], [])
    assert (told.runs, told.expectations, told.faults, told.audit) == (0, (), (), ())
    assert told.contract.fuzz is None
