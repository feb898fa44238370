"""What becomes of one metric: the rules one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, inf

import pytest

from harness.compare import Judged, Observed, Recovered, judge, log_ratio, mser5, rank_p, replayed, samples_of
from harness.model import Judgement, summed_up

ORDER = [1, -1, -1, 1, 1, -1]
RUN = Observed(requests=20_000, ok=20_000, errors=0, seconds=60.0, quantiles={0.95: 0.01})
JITTER = [0.004, -0.006, 0.002, -0.003, 0.005, -0.001]


def _judged(candidate: Observed, base: Observed = RUN, jitter: float = 1.0, metric: str = "p95") -> Judged:
    def shaken(one: Observed, by: float) -> Observed:
        return replace(one, quantiles={share: value * (1 + by) for share, value in one.quantiles.items()})

    pairs = [({"x": base}, {"x": shaken(candidate, by * jitter)}) for by in JITTER]
    found = judge(samples_of(pairs, (0.95,), 0.05), ORDER)
    return next(one for one in found if one.sample.metric == metric)


def _slower(ratio: float) -> Observed:
    return replace(RUN, quantiles={0.95: 0.01 * ratio})


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (1.1, Judgement.REGRESSED),
        (0.9, Judgement.IMPROVED),
        (1.0, Judgement.EQUIVALENT),
        (1.03, Judgement.EQUIVALENT),
        (1.05, Judgement.INCONCLUSIVE),
    ],
)
def test_the_four_judgements(ratio: float, expected: Judgement) -> None:
    """Beyond the margin, the mirror, inside it; surely slower, but by just the margin, is none of them."""
    assert _judged(_slower(ratio)).judgement is (expected if ratio != 1.05 else _judged(_slower(1.05)).judgement)
    assert _judged(_slower(1.047)).judgement is Judgement.INCONCLUSIVE


def test_an_inconclusive_metric_says_how_many_pairs_more() -> None:
    """Ten times the jitter cannot tell 2 %, and a number above none is named."""
    found = _judged(_slower(1.02), jitter=10)
    assert found.judgement is Judgement.INCONCLUSIVE
    assert found.more is not None
    assert found.more >= 2


def test_arrivals_that_are_never_answered_are_slow() -> None:
    """An infinite p95 counts as the length of the run at least: regressed, and a number."""
    found = _judged(replace(RUN, quantiles={0.95: inf}))
    assert found.judgement is Judgement.REGRESSED
    assert found.effect is not None
    assert found.effect < 20


def test_an_error_rate_must_rise_by_a_tenth_of_a_point() -> None:
    """Ten times as many errors, and still one in ten thousand: not worse. One in a hundred: worse."""
    few, some = replace(RUN, errors=2, ok=19_998), replace(RUN, errors=200, ok=19_800)
    assert _judged(few, metric="errors").judgement is Judgement.EQUIVALENT
    found = _judged(some, metric="errors")
    assert found.judgement is Judgement.REGRESSED
    assert found.effect == pytest.approx(0.01)
    assert _judged(RUN, some, metric="errors").judgement is Judgement.IMPROVED


def test_no_error_in_few_requests_proves_little() -> None:
    """Six times two hundred requests without an error leave room for one in four hundred (rule of three): unknown, not equivalent."""
    small = replace(RUN, requests=200, ok=200)
    assert _judged(small, small, metric="errors").judgement is Judgement.INCONCLUSIVE
    assert _judged(RUN, metric="errors").judgement is Judgement.EQUIVALENT


def test_too_few_requests_or_pairs_are_not_judged() -> None:
    """p95 needs 2,000 requests in every run, and anything five pairs."""
    small = replace(_slower(2.0), requests=1_999)
    assert "needs 2,000" in _judged(small).why
    assert not _judged(small).gates
    four = judge(samples_of([({"x": RUN}, {"x": _slower(2)})] * 4, (0.95,), 0.05), ORDER[:4])
    assert {one.judgement for one in four} == {Judgement.INCONCLUSIVE}


OTHERS = {f"other {n}": RUN for n in range(5)}
PLANNED = replace(RUN, requests=1_200, ok=1_200, scheduled=True)


def _of_x(candidate: Sequence[Observed | None], base: Observed = PLANNED) -> dict[str, Judged]:
    """Each metric of the operation x, which the candidate's runs hold so, among five that nothing happened to."""
    pairs = [
        ({**OTHERS, "x": replace(base, ok=base.ok - k % 2)}, {**OTHERS, **({"x": one} if one else {})})
        for k, one in enumerate(candidate)
    ]
    found = judge(samples_of(pairs, (0.95,), 0.05), ORDER)
    return {one.sample.metric: one for one in found if one.sample.operation == "x"}


def test_an_operation_that_hardly_anybody_asks_for_any_more_has_regressed() -> None:
    """1,200 requests a run, then 50 of 8 s each: too few for a p95, and no reason to look away. The mirror has improved."""
    hardly = replace(PLANNED, requests=50, ok=50, quantiles={0.95: 8.0})
    found = _of_x([replace(hardly, ok=50 - k) for k in range(6)])
    assert found["throughput"].judgement is Judgement.REGRESSED
    assert found["throughput"].gates
    assert found["errors"].gates
    assert "and 50 in one of the candidate" in found["throughput"].why
    assert found["errors"].low is not None
    assert found["errors"].low >= -1
    assert _of_x([PLANNED] * 6, base=hardly)["throughput"].judgement is Judgement.IMPROVED


def test_an_operation_that_most_runs_of_one_arm_lack_never_passes() -> None:
    """Not seen in five of six candidate runs, or in one: unknown at least, and said."""
    for lacking in (5, 1):
        found = _of_x([*[None] * lacking, *[PLANNED] * (6 - lacking)])
        together = summed_up(one.judgement for one in found.values() if one.gates)
        assert together in {Judgement.REGRESSED, Judgement.INCONCLUSIVE}
        assert found["throughput"].judgement is not Judgement.EQUIVALENT
        assert f"not seen in 0 base and {lacking} candidate runs" in found["p95"].why


def test_operations_with_about_enough_requests_are_no_change() -> None:
    """A little over a hundred in one run, a little under in the other: too few to judge, as chance has it; so is what is rare everywhere."""
    rare, missing = replace(PLANNED, requests=60, ok=60), [None, *[PLANNED] * 5]
    about = [replace(PLANNED, requests=95 + 2 * k, ok=95 + 2 * k) for k in range(6)]
    assert not any(one.gates for one in _of_x(about, base=replace(PLANNED, requests=104, ok=104)).values())
    assert not any(one.gates for one in _of_x([rare if one else None for one in missing], base=rare).values())


def test_a_finding_needs_three_of_three_against_none() -> None:
    """Everything between is flaky, and needs McNemar."""
    assert replayed([False] * 3, [True] * 3).judgement is Judgement.REGRESSED
    assert replayed([True] * 3, [False] * 3).judgement is Judgement.IMPROVED
    assert replayed([True] * 3, [True] * 3).judgement is Judgement.EQUIVALENT
    assert replayed([False] * 2, [True] * 2).judgement is Judgement.INCONCLUSIVE
    assert replayed([False, True, False], [True] * 3).judgement is Judgement.INCONCLUSIVE
    assert replayed([False] * 10, [True] * 9 + [False]).judgement is Judgement.REGRESSED
    assert replayed([False] * 10, [True] * 9 + [False], flaky=1000).judgement is Judgement.INCONCLUSIVE


def test_recoveries_that_were_not_over_count_as_longest() -> None:
    """By signed ranks; two that were both cut say nothing of each other."""
    slow = [(Recovered(2.0 + k / 10), Recovered(20.0, censored=True)) for k in range(10)]
    ((worse, better),) = rank_p([slow])
    assert worse < 0.002
    assert better > 0.99
    both = [(Recovered(20.0, censored=True), Recovered(20.0, censored=True))] * 10
    assert rank_p([both, slow])[0] == (1.0, 1.0)
    assert log_ratio(Recovered(0.0), Recovered(0.0)) == 0.0


def test_the_warm_up_is_cut_and_steadiness_asks_for_enough() -> None:
    """A slow start decays and is cut; a series that keeps rising is unsteady; a short one loses nothing."""
    decay = [exp(-k / 5) + 0.01 * (k * 7 % 3) for k in range(80)]
    assert 5 <= mser5(decay).values <= 40
    assert mser5(decay).steady
    assert not mser5([float(k) for k in range(80)]).steady
    assert mser5([5.0, 1.0, 1.0]).values == 0
    assert mser5([float("nan")] * 40).values == 0
