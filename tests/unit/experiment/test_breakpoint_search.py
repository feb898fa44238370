"""The search for a break over whole runs, with runs that are told how to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.compare import Search
from harness.errors import BadInput, EnvironmentFailed, Interrupted
from harness.experiment.breakpoint import Broken, find_breakpoint
from harness.experiment.listener import Silent
from harness.experiment.run import Ended
from harness.experiment.vary import varied
from harness.model import ClosedStage, ContractPlan, Fuzz, Load, OpenStage, Profile, Scenario, Target, Verdict
from harness.results import (
    ExpectationSummary,
    OperationSummary,
    Quantiles,
    RunFolder,
    Status,
    Summary,
    ValiditySummary,
)


def _scenario(*stages: OpenStage | ClosedStage) -> Scenario:
    usual = (
        OpenStage(name="warm", rate=20, duration=1, warm_up=True),
        OpenStage(name="low", rate=50, duration=1),
        OpenStage(name="high", rate=100, duration=1),
    )
    return Scenario(
        name="s",
        target=Target(name="t", url="http://127.0.0.1"),
        load=Load(locustfile=Path("x.py"), profile=Profile(stages or usual)),
        contract=ContractPlan(fuzz=Fuzz(), pact=True),
    )


class _Service:
    """Breaks above `truth`; its generator saturates above `saturated`. Each run takes ten seconds."""

    def __init__(self, truth: float, saturated: float = float("inf"), then: Exception | None = None) -> None:
        self.truth, self.saturated, self.then = truth, saturated, then
        self.now = 0.0
        self.ran: list[Scenario] = []

    def __call__(self, scenario: Scenario, **_: Any) -> Ended:
        self.now += 10
        self.ran.append(scenario)
        if self.then is not None and len(self.ran) == 3:
            raise self.then
        value = varied("rate").of(scenario)
        broke, busy = value > self.truth, value > self.saturated
        p99 = 5 / max(0.02, 1 - value / self.truth)
        summary = Summary(
            run=f"run-{len(self.ran)}",
            scenario="s",
            target="t",
            verdict=Verdict.FAIL if broke else Verdict.UNKNOWN if busy else Verdict.PASS,
            overall=OperationSummary(
                name="all", seconds=1, requests=100, rate=value, errors=0, latency_ms=Quantiles(p50=4, p99=p99)
            ),
            expectations=(
                ExpectationSummary(text="p99 <= 1s", verdict=Verdict.FAIL if broke else Verdict.PASS, why="2 s"),
            ),
            validity=(
                ValiditySummary(
                    check="generator CPU", verdict=Verdict.UNKNOWN if busy else Verdict.PASS, why="99% of a core"
                ),
            ),
        )
        return Ended(RunFolder(Path("nowhere")), summary)

    def search(self, place: Path, *, budget_s: float = 1e6, top: float = 3200) -> Broken:
        return find_breakpoint(
            _scenario(),
            varied("rate"),
            Search(start=100, floor=10, ceiling=top, tolerance=0.1),
            budget_s=budget_s,
            clock=lambda: self.now,
            reports=place,
            environ={},
            listener=Silent(),
            run=self,
        )


def _saved(place: Path) -> dict[str, Any]:
    (folder,) = (place / "breakpoints").iterdir()
    assert (folder / "report.html").is_file()
    assert (folder / "report.md").is_file()
    document: dict[str, Any] = json.loads((folder / "breakpoint.json").read_text())
    return document


def test_the_target_gives_way(tmp_path: Path) -> None:
    """The bracket, the check that failed, the knee, and every trial stand in the document and in both reports."""
    found = _Service(700).search(tmp_path).document
    assert found.verdict is Verdict.PASS
    assert found.holds is not None
    assert found.breaks is not None
    assert found.holds <= 700 < found.breaks <= found.holds * 1.1 * 1.001
    assert (found.saturated, found.saturated_why) == ("target", "p99 <= 1s: 2 s")
    assert found.knee is not None
    saved = _saved(tmp_path)
    assert saved["status"] == "complete"
    assert [one["run"] for one in saved["trials"]] == [f"run-{i + 1}" for i in range(len(found.trials))]
    assert f"{found.holds:g}" in found.title


def test_a_failure_of_a_busy_generator_is_no_break(tmp_path: Path) -> None:
    """Above 300/s the generator is busy, and the service is said to fail from 310/s on: nobody can tell whose fault that is."""
    found = _Service(310, saturated=300).search(tmp_path).document
    assert found.verdict is Verdict.UNKNOWN
    assert (found.saturated, found.saturated_why) == ("generator", "99% of a core")
    assert found.breaks is None
    assert found.holds is not None
    assert found.holds <= 300


def test_a_service_that_does_not_break_holds_at_the_ceiling(tmp_path: Path) -> None:
    """And nothing gave way."""
    found = _Service(1e9).search(tmp_path).document
    assert (found.verdict, found.holds, found.saturated) == (Verdict.PASS, 3200, "")
    assert "the highest that was allowed" in found.title


def test_a_service_that_breaks_at_once_fails(tmp_path: Path) -> None:
    """The lowest rate allowed is too much for it."""
    found = _Service(5).search(tmp_path).document
    assert (found.verdict, found.breaks) == (Verdict.FAIL, 10)


def test_no_trial_is_begun_beyond_the_budget(tmp_path: Path) -> None:
    """Four of ten seconds fit into 45; the answer is unknown, with what is known."""
    service = _Service(700)
    found = service.search(tmp_path, budget_s=45).document
    assert len(found.trials) == 4
    assert found.verdict is Verdict.UNKNOWN
    assert "the budget of 45s is used up" in found.why
    assert (found.holds, found.status) == (400, Status.COMPLETE)


@pytest.mark.parametrize(
    ("error", "status"), [(Interrupted("Ctrl-C"), "interrupted"), (EnvironmentFailed("it died"), "incomplete")]
)
def test_what_ends_a_trial_ends_the_search_and_keeps_what_was_found(
    tmp_path: Path, error: Exception, status: str
) -> None:
    """The error goes on; two trials are in the document."""
    with pytest.raises(type(error)):
        _Service(700, then=error).search(tmp_path)
    saved = _saved(tmp_path)
    assert saved["status"] == status
    assert saved["verdict"] == "unknown"
    assert len(saved["trials"]) == 2


def test_trials_leave_out_what_does_not_depend_on_the_load(tmp_path: Path) -> None:
    """Generated requests and pacts are not checked again at every rate."""
    service = _Service(700)
    service.search(tmp_path)
    assert all(one.contract.fuzz is None and not one.contract.pact for one in service.ran)


def test_all_stages_keep_their_proportion() -> None:
    """The highest outside the warm-up is what is varied."""
    scaled = varied("rate").at(_scenario(), 300)
    assert scaled.load is not None
    assert [stage.rate for stage in scaled.load.profile.stages if isinstance(stage, OpenStage)] == [60, 150, 300]


def test_what_has_no_rate_cannot_be_varied() -> None:
    """Closed users, nothing but a warm-up, and numbers nobody knows are refused with a remedy."""
    for stage in (ClosedStage(name="u", users=3, duration=1), OpenStage(name="w", rate=1, duration=1, warm_up=True)):
        with pytest.raises(BadInput, match="no rate to vary"):
            varied("rate").of(_scenario(stage))
    with pytest.raises(BadInput, match="`rat` cannot be varied"):
        varied("rat")
