"""Which runs are repeated, and whether there is time for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.experiment.listener import Silent
from harness.experiment.repeat import run_within, spoilt
from harness.experiment.run import Ended
from harness.model import Scenario, Target, Verdict
from harness.results import (
    AuditSummary,
    ExpectationSummary,
    FaultSummary,
    Repeats,
    RunFolder,
    Status,
    Summary,
    ValiditySummary,
)

LATE = ValiditySummary(check="late arrivals", verdict=Verdict.UNKNOWN, why="2 of 9 late")
UNSEEN = ValiditySummary(check="fault gone in force", verdict=Verdict.UNKNOWN, why="it was not seen")
LOST = ValiditySummary(check="load processes", verdict=Verdict.UNKNOWN, why="1 of 2 were lost")
GOOD = ValiditySummary(check="late arrivals", verdict=Verdict.PASS)
SCENARIO = Scenario(name="s", target=Target(name="t", url="http://127.0.0.1"), load=None)


def _summary(verdict: Verdict = Verdict.UNKNOWN, **more: Any) -> Summary:
    return Summary(run="one", scenario="s", target="t", verdict=verdict, **more)


def _expected(text: str, verdict: Verdict = Verdict.UNKNOWN) -> ExpectationSummary:
    return ExpectationSummary(text=text, verdict=verdict)


def test_only_validity_spoils_a_run() -> None:
    """Late arrivals and nothing else: repeated, and the reason is told."""
    kept = _expected("errors <= 1%", Verdict.PASS)
    assert spoilt(_summary(validity=(LATE,), expectations=(kept,))) == "2 of 9 late"
    assert spoilt(_summary(validity=(GOOD,), expectations=(_expected("p99 <= 1s"),))) == ""


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL])
def test_a_verdict_is_never_asked_for_again(verdict: Verdict) -> None:
    """A fail stays a fail, whatever the generator did."""
    assert spoilt(_summary(verdict, validity=(LATE,))) == ""


def test_what_is_unknown_for_a_reason_of_its_own_is_not_repeated() -> None:
    """A quantile that straddles its limit, an audit that could not be read, a run that was interrupted: as likely to be so again."""
    assert spoilt(_summary(validity=(LATE,), expectations=(_expected("p99 <= 1s"),))) == ""
    assert spoilt(_summary(validity=(LATE,), audit=(AuditSummary(check="a", verdict=Verdict.UNKNOWN),))) == ""
    assert spoilt(_summary(validity=(LATE,), status=Status.INTERRUPTED)) == ""


@pytest.mark.parametrize("text", ["recovery from gone <= 5s", "errors <= 5% during gone"])
def test_what_follows_from_a_fault_that_was_not_seen_does_not_count(text: str) -> None:
    """An expectation about that fault is unknown because of it; about anything else it is so by itself."""
    faults = (FaultSummary(name="gone", edge="e", kind="down"),)
    assert spoilt(_summary(validity=(UNSEEN,), faults=faults, expectations=(_expected(text),)))
    assert spoilt(_summary(validity=(LATE,), faults=faults, expectations=(_expected(text),))) == ""


def test_a_lost_process_spoils_everything_after_it() -> None:
    """The run ended early, so whatever else is unknown counts as following from it."""
    assert spoilt(_summary(validity=(LOST,), status=Status.INCOMPLETE, expectations=(_expected("p99 <= 1s"),)))


class _Runs:
    """Runs that end as they are told, each taking ten seconds of `now`."""

    def __init__(self, *summaries: Summary) -> None:
        self._left: Iterator[Summary] = iter(summaries)
        self.now = 0.0
        self.repeats: list[Repeats | None] = []

    def __call__(self, scenario: Scenario, *, repeats: Repeats | None = None, **_: Any) -> Ended:
        self.now += 10
        self.repeats.append(repeats)
        return Ended(RunFolder(Path(f"run-{len(self.repeats)}")), next(self._left))

    def within(self, deadline: float | None) -> tuple[Ended, ...]:
        return run_within(
            SCENARIO,
            deadline=deadline,
            clock=lambda: self.now,
            reports=Path(),
            environ={},
            listener=Silent(),
            run=self,
        )


def test_a_spoilt_run_is_repeated_once_and_names_the_first() -> None:
    """Even if the second is spoilt too; the last one counts."""
    runs = _Runs(_summary(validity=(LATE,)), _summary(validity=(LATE,)))
    assert [one.folder.name for one in runs.within(20)] == ["run-1", "run-2"]
    assert runs.repeats == [None, Repeats(run="run-1", why="2 of 9 late")]


def test_without_time_or_budget_there_is_no_repeat() -> None:
    """A second that would not be done by the deadline is not begun."""
    assert len(_Runs(_summary(validity=(LATE,))).within(19.9)) == 1
    assert len(_Runs(_summary(validity=(LATE,))).within(None)) == 1


def test_a_good_run_is_not_repeated() -> None:
    """However large the budget."""
    assert len(_Runs(_summary(Verdict.PASS, validity=(GOOD,))).within(1000)) == 1
