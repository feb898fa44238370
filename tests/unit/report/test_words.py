"""Numbers as people read them."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Verdict
from harness.report import words
from harness.results import ExpectationSummary, FaultSummary, Figures, OperationSummary, Quantiles, Summary


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (0.43, "0.43 ms"),
        (4.13, "4.1 ms"),
        (38.4, "38 ms"),
        (999.7, "1 s"),
        (1240, "1.24 s"),
        (inf, "never"),
    ],
)
def test_milliseconds(value: float | None, told: str) -> None:
    """Two or three digits, and seconds from one second on."""
    assert words.millis(value) == told


@pytest.mark.parametrize(
    ("value", "told"), [(5, "5 s"), (1.75, "1.75 s"), (20.04, "20 s"), (200, "3 min 20 s"), (600, "10 min")]
)
def test_seconds(value: float, told: str) -> None:
    """Without zeros that mean nothing."""
    assert words.seconds(value) == told


@given(value=st.floats(0, 1))
def test_a_share_is_never_rounded_to_nothing_or_all(value: float) -> None:
    """0 % means none and 100 % means all."""
    assert (words.share(value) == "0 %") == (value == 0)
    assert (words.share(value) == "100 %") == (value == 1)


@pytest.mark.parametrize(
    ("value", "limit", "cmp", "told"),
    [
        (38, 250, "<=", "6.6×"),
        (500, 250, "<=", "2.0× over"),
        (50, 100, ">=", "2.0× short"),
        (0, 5, "<=", "–"),
        (inf, 5, "<=", "–"),
    ],
)
def test_margins(value: float, limit: float, cmp: str, told: str) -> None:
    """How far inside, or how far beyond."""
    one = ExpectationSummary(text="x", verdict=Verdict.PASS, value=value, limit=limit, cmp=cmp)
    assert words.margin(one) == told


def _fault(name: str, start: float, end: float, recovery: float | None, *, censored: bool = False) -> FaultSummary:
    return FaultSummary(
        name=name, edge="db", kind="down", from_s=start, to_s=end, recovery_s=recovery, recovery_censored=censored
    )


def _told(*faults: FaultSummary, overall: OperationSummary | None = None) -> tuple[str, ...]:
    run = Summary(run="r", scenario="s", target="t", verdict=Verdict.PASS, faults=faults, overall=overall)
    return words.plain_facts(run)


def test_a_recovery_that_was_not_over_is_no_recovery() -> None:
    """It is told once, with what came before the service was back: the next fault, or the end of the run."""
    slow, gone = _fault("slow", 10, 20, 18.0, censored=True), _fault("gone", 38, 48, 12.0, censored=True)
    assert _told(slow, gone) == (
        "After gone the service was not back to normal when the run ended.",
        "After slow the service was not back to normal when gone began.",
    )
    assert _told(slow, _fault("gone", 38, 48, 1.5)) == (
        "After slow the service was not back to normal when gone began.",
        "After gone the service was back to normal in 1.5 s ± 0.25 s.",
    )
    assert words.recovered(slow) == "not within 18 s"
    assert words.recovered(_fault("gone", 38, 48, 1.5)) == "1.5 s"


def _figures(p99: float, never: int, outcome: str = "unanswered") -> Figures:
    outcomes = {"ok": 1000 - never, outcome: never}
    quantiles = Quantiles(p99=p99)
    return Figures(seconds=10, requests=1000, rate=100, errors=never, outcomes=outcomes, latency_ms=quantiles)


def _operation(whole: Figures, calm: Figures | None = None, hurt: Figures | None = None) -> OperationSummary:
    return OperationSummary(name="place", calm=calm, hurt=hurt, **whole.model_dump())


def test_what_was_never_answered_was_answered_within_no_time() -> None:
    """More than 1 % unanswered: the p99 is how long they had waited when the run ended. Dropped arrivals have none."""
    fine, open_, dropped = _figures(33, 10), _figures(30_000, 40), _figures(inf, 40, "dropped")
    assert _told(overall=_operation(fine))[0] == "99 of 100 requests were answered within 33 ms."
    assert _told(overall=_operation(open_))[0] == (
        "4 % of all requests were never answered, and 1 of 100 waited at least 30 s."
    )
    assert _told(overall=_operation(dropped))[0] == "4 % of all requests were never answered."
    both = _told(_fault("slow", 1, 2, 0.0), overall=_operation(fine, fine, open_))[0]
    assert both == (
        "In calm, 99 of 100 requests were answered within 33 ms; "
        "under faults, 4 % of all requests were never answered, and 1 of 100 waited at least 30 s."
    )
