"""Which defect was found by whom, and what that makes of a self-test."""

from __future__ import annotations

import pytest

from harness.experiment.opening import DEFECTS
from harness.experiment.selftest import HEALTHY, NEEDED, Row, overall, self_test
from harness.model import Judgement, Verdict
from harness.results import AuditSummary, Comparison, ContractSummary, FuzzSummary, OracleSummary, PactSummary, Summary
from harness.results.summary import ValiditySummary

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def summary(
    *, fuzz: Verdict = PASS, oracle: Verdict = PASS, charge: Verdict = PASS, trusted: Verdict = PASS
) -> Summary:
    """Of a run of the demo."""
    return Summary(
        run="r",
        scenario="demo",
        target="reference",
        verdict=PASS,
        contract=ContractSummary(fuzz=FuzzSummary(verdict=fuzz), oracle=OracleSummary(verdict=oracle)),
        pacts=(PactSummary(consumer="web", provider="shop", interaction="reads", verdict=PASS),),
        audit=(AuditSummary(check="one-charge-per-key", verdict=charge),),
        validity=(ValiditySummary(check="late arrivals", verdict=trusted),),
    )


def compared(judgement: Judgement) -> Comparison:
    """Nothing but its judgement is asked for."""
    return Comparison.model_construct(judgement=judgement)


def test_every_defect_has_a_detector_that_must_find_it() -> None:
    """A defect that is added is tested, too."""
    assert set(NEEDED) == {HEALTHY, *DEFECTS}
    assert all(needed for defect, needed in NEEDED.items() if defect != HEALTHY)


def test_a_defect_that_is_found_passes() -> None:
    """By a run or by a comparison, each asked for once; the row says by whom and where."""
    told: list[str] = []
    rows = self_test(
        (HEALTHY, "double-charge", "slow-list"),
        run=lambda one: (summary(charge=FAIL if one else PASS), f"runs/{one}"),
        compare=lambda one: (compared(Judgement.REGRESSED), f"comparisons/{one}"),
        tell=lambda row: told.append(row.defect),
    )
    assert [row.verdict for row in rows] == [PASS] * 3
    assert [row.why for row in rows] == [
        "every detector is silent",
        "found by one-charge-per-key",
        "found by compare",
    ]
    assert [row.place for row in rows] == ["runs/", "runs/double-charge", "comparisons/slow-list"]
    assert told == [row.defect for row in rows]
    assert overall(rows) is PASS


def test_a_defect_that_is_missed_fails() -> None:
    """Also where one of two that have to find it is silent, or another one speaks instead."""
    (row,) = self_test(("schema-drift",), run=lambda _: (summary(fuzz=FAIL, charge=FAIL), ""), compare=_never)
    assert (row.verdict, row.why) == (FAIL, "not found by oracle")
    (row,) = self_test(
        ("slow-place",), run=lambda _: (summary(), ""), compare=lambda _: (compared(Judgement.EQUIVALENT), "")
    )
    assert row.verdict is FAIL


@pytest.mark.parametrize(
    ("made", "verdict", "said"),
    [
        (summary(oracle=FAIL), FAIL, "not silent: oracle"),
        (summary(trusted=UNKNOWN), UNKNOWN, "not silent: validity"),
        (Summary(run="r", scenario="demo", target="t", verdict=UNKNOWN), UNKNOWN, "no detector was asked"),
    ],
)
def test_a_false_alarm_fails_and_a_silence_that_proves_nothing_is_unknown(
    made: Summary, verdict: Verdict, said: str
) -> None:
    """A run in which nothing was detected by anybody says nothing."""
    (row,) = self_test((HEALTHY,), run=lambda _: (made, ""), compare=_never)
    assert (row.verdict, row.why) == (verdict, said)


def test_what_could_not_be_told_is_unknown() -> None:
    """A comparison without a decision, a detector that was never asked."""
    (row,) = self_test(
        ("slow-list",), run=lambda _: (summary(), ""), compare=lambda _: (compared(Judgement.INCONCLUSIVE), "")
    )
    assert row.verdict is UNKNOWN
    assert Row(defect="lost-event", said={"check": FAIL}).verdict is UNKNOWN


def _never(_: str) -> tuple[Comparison, str]:
    raise AssertionError("nobody asked for a comparison")
