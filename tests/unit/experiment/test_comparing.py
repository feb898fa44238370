"""Two versions in pairs, with runs that are told how to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput, EnvironmentFailed, Interrupted
from harness.experiment.arms import Side
from harness.experiment.compare import Plan, compare_sides, orders
from harness.experiment.compared import Compared
from harness.experiment.listener import Silent
from harness.experiment.run import Ended
from harness.experiment.stolen import Stolen
from harness.experiment.weigh import Weighing
from harness.model import ContractPlan, Fuzz, Judgement, Load, OpenStage, Profile, Scenario, Target, Verdict
from harness.results import Comparison, RunReader, Status
from tests.unit.experiment.paired_runs import Made, make

BASE = Side(spelling="old", target=Target(name="old", url="http://127.0.0.1:1"))
CANDIDATE = Side(spelling="new", target=Target(name="new", url="http://127.0.0.1:2"))
ONLY_P50 = Weighing(shares=(0.5,))


def _scenario() -> Scenario:
    stages = (OpenStage(name="steady", rate=100, duration=5),)
    return Scenario(
        name="shop",
        target=BASE.target,
        load=Load(locustfile=Path("x.py"), profile=Profile(stages)),
        contract=ContractPlan(fuzz=Fuzz(), pact=True),
    )


class _World:
    """Runs a scenario by writing a folder; each run takes ten seconds of a clock that only it moves."""

    def __init__(self, place: Path, how: Callable[[str, int], Made | BaseException]) -> None:
        self.place, self.how = place, how
        self.now = 0.0
        self.ran: list[Scenario] = []

    def __call__(self, scenario: Scenario, **_: Any) -> Ended:
        self.now += 10
        self.ran.append(scenario)
        made = self.how(scenario.target.name, len(self.ran))
        if isinstance(made, BaseException):
            raise made
        folder = make(self.place / "runs", len(self.ran), made)
        summary = RunReader.open(folder).summary()
        assert summary is not None
        return Ended(folder, summary)

    def compare(self, plan: Plan) -> Compared:
        return compare_sides(
            _scenario(),
            BASE,
            CANDIDATE,
            plan,
            clock=lambda: self.now,
            reports=self.place,
            environ={},
            listener=Silent(),
            run=self,
            counters=lambda: Stolen(0.0, self.now),
            draw=lambda folder, _: folder.file("drawn").touch(),
        )


def test_a_slower_candidate_is_found_and_stops_the_comparison(tmp_path: Path) -> None:
    """20 % on one operation: regressed at the first look, and no further pair is made."""
    world = _World(
        tmp_path, lambda who, _: Made(operations={"list": 4.0, "place": 12.0 * (1.2 if who == "new" else 1)})
    )
    found = world.compare(Plan(weighing=ONLY_P50)).document
    assert (found.verdict, found.judgement) == (Verdict.FAIL, Judgement.REGRESSED)
    assert len(world.ran) == 12
    worst = found.metrics[0]
    assert (worst.operation, worst.metric) == ("place", "p50")
    assert worst.effect == pytest.approx(0.2, abs=0.03)
    assert float(worst.low or 0) < 0.2 < float(worst.high or 0)
    assert {one.name: one.judgement for one in found.operations}["list"] is Judgement.EQUIVALENT
    assert "new is worse than old" in found.title


def test_the_same_version_is_equivalent(tmp_path: Path) -> None:
    """Nothing differs but chance, and the document says within which margin."""
    found = _World(tmp_path, lambda *_: Made()).compare(Plan(weighing=ONLY_P50)).document
    assert found.judgement is Judgement.EQUIVALENT
    assert found.title == "new is as good as old, within 5 %"
    assert found.overall is not None
    assert found.overall.base is not None
    assert found.overall.base.requests == 6 * 4 * 2 * 300
    assert found.overall.base.over_time is not None
    assert len(found.overall.base.over_time.requests) == 5


def test_noise_goes_on_to_the_most_pairs_and_says_how_many_more(tmp_path: Path) -> None:
    """Runs that differ by 30 % of themselves decide nothing, and the reader hears what would."""
    shifts = [1.0, 1.3, 0.8, 1.2, 0.75, 1.1, 1.35, 0.9]
    world = _World(tmp_path, lambda _, n: Made(shift=shifts[(n * 5) % 8], seconds=3))
    found = world.compare(Plan(weighing=ONLY_P50, pairs=6, max_pairs=8)).document
    assert found.judgement is Judgement.INCONCLUSIVE
    assert len(world.ran) == 16
    assert any("pairs more would decide" in why for why in found.why)


def test_both_runs_of_a_pair_have_one_seed_and_orders_are_balanced(tmp_path: Path) -> None:
    """Same arrivals and data for both, another for the next pair; each block of two pairs has both orders; the calm check stops at three."""
    world = _World(tmp_path, lambda *_: Made(seconds=2))
    found = world.compare(Plan(pairs=6, max_pairs=6, weighing=ONLY_P50, seed=3)).document
    assert [one.seed for one in world.ran[::2]] == [one.seed for one in world.ran[1::2]] == [4, 5, 6, 7, 8, 9]
    blocks = [{found.pairs[i].order, found.pairs[i + 1].order} for i in (0, 2, 4)]
    assert blocks == [{"AB", "BA"}] * 3
    assert sum(one.contract.fuzz is not None for one in world.ran) == 6
    assert {one.contract.fuzz.seed for one in world.ran if one.contract.fuzz} == {4, 5, 6}
    taken = orders(3)
    assert [next(taken) for _ in range(6)] == [1 if one.order == "AB" else -1 for one in found.pairs]


def test_a_spoilt_run_voids_its_pair_whichever_arm_it_is(tmp_path: Path) -> None:
    """The pair is made again in the same order, and the void one stays in the record with its reason."""
    spoilt = {3, 6}
    world = _World(tmp_path, lambda _, n: Made(spoilt="9 % late" if n in spoilt else ""))
    found = world.compare(Plan(pairs=6, max_pairs=6, weighing=ONLY_P50)).document
    assert len(found.pairs) == 8
    voids = [one for one in found.pairs if one.void]
    assert len(voids) == 2
    assert all("9 % late" in one.void for one in voids)
    orders_that_count = [one.order for one in found.pairs if not one.void]
    assert orders_that_count.count("AB") == 3
    assert found.judgement is Judgement.EQUIVALENT


def test_a_machine_that_voids_everything_ends_it(tmp_path: Path) -> None:
    """As many voids as pairs, and one: unknown, with the reason."""
    world = _World(tmp_path, lambda *_: Made(spoilt="the generator was busy", seconds=2))
    found = world.compare(Plan(weighing=ONLY_P50)).document
    assert found.verdict is Verdict.UNKNOWN
    assert len(found.pairs) == 7
    assert any("7 pairs were void" in why for why in found.why)


def test_the_budget_ends_it_with_what_is_there(tmp_path: Path) -> None:
    """No pair is begun that would not be done within."""
    world = _World(tmp_path, lambda *_: Made(seconds=2))
    found = world.compare(Plan(weighing=ONLY_P50, budget_s=65)).document
    assert len(found.pairs) == 3
    assert found.verdict is Verdict.UNKNOWN
    assert any("budget" in why for why in found.why)
    assert any("3 pairs of runs count" in why for why in found.why)


def _void_from(first: int) -> Callable[[str, int], Made]:
    """Runs of which every one from the number `first` on is spoilt."""
    return lambda _, n: Made(spoilt="the generator was busy" if n >= first else "", seconds=2)


@pytest.mark.parametrize("counting", [5, 7])
def test_too_many_voids_are_unknown_however_many_pairs_count(tmp_path: Path, counting: int) -> None:
    """Equal sides, and a machine that then voids all: its first pairs are not the better for that."""
    wide = Weighing(margin=0.2, shares=(0.5,), operations=("place",))
    world = _World(tmp_path, _void_from(2 * counting + 1))
    found = world.compare(Plan(weighing=wide, pairs=8 if counting == 7 else 6)).document
    assert sum(not pair.void for pair in found.pairs) == counting
    assert (found.verdict, found.judgement) == (Verdict.UNKNOWN, Judgement.INCONCLUSIVE)
    assert {one.judgement for one in found.metrics} == {Judgement.INCONCLUSIVE}
    assert sum("pairs were void" in why for why in found.why) == 1


def test_a_budget_that_ends_between_looks_has_no_verdict(tmp_path: Path) -> None:
    """A candidate that is surely slower, seven pairs and looks at 8, 10 and 12: nobody planned to look at seven."""
    world = _World(tmp_path, lambda who, _: Made(shift=1.5 if who == "new" else 1.0, seconds=3))
    found = world.compare(Plan(weighing=ONLY_P50, pairs=8, budget_s=145)).document
    assert len(found.pairs) == 7
    assert (found.verdict, found.judgement) == (Verdict.UNKNOWN, Judgement.INCONCLUSIVE)
    assert {one.judgement for one in found.metrics} == {Judgement.INCONCLUSIVE}
    assert any("7 pairs count, and a verdict is possible at 8, 10 or 12" in why for why in found.why)
    assert any("budget" in why for why in found.why)


@pytest.mark.parametrize(
    ("error", "status"), [(Interrupted("Ctrl-C"), "interrupted"), (EnvironmentFailed("gone"), "incomplete")]
)
def test_what_was_compared_stays_readable_when_it_is_cut(tmp_path: Path, error: BaseException, status: str) -> None:
    """Interrupted, or a target that went away: pairs until then, no verdict, and how it ended."""
    world = _World(tmp_path, lambda _, n: error if n == 14 else Made(seconds=2))
    with pytest.raises(type(error)):
        world.compare(Plan(weighing=Weighing(margin=0.0001, shares=(0.5,))))
    (file,) = (tmp_path / "comparisons").glob("*/comparison.json")
    found = Comparison.model_validate_json(file.read_text())
    assert (found.status, found.verdict) == (status, Verdict.UNKNOWN)
    assert len(found.pairs) == 6
    assert (file.parent / "drawn").is_file()
    assert any(str(error).lower() in why.lower() for why in found.why)


def test_a_comparison_under_way_can_be_read_and_judges_nothing_between_looks(tmp_path: Path) -> None:
    """A killed comparison leaves the document of its last pair, which says that it was running."""
    texts: list[str] = []

    def look(_: str, n: int) -> Made:
        texts.extend(file.read_text() for file in (tmp_path / "comparisons").glob("*/comparison.json"))
        return Made(seconds=2)

    _World(tmp_path, look).compare(Plan(pairs=6, max_pairs=6, weighing=ONLY_P50))
    states = [Comparison.model_validate_json(text) for text in texts]
    assert {one.status for one in states} == {Status.RUNNING}
    assert {one.judgement for one in states} == {Judgement.INCONCLUSIVE}
    assert len(states[-1].pairs) >= 5


def test_a_finding_in_every_candidate_run_and_no_base_run_fails(tmp_path: Path) -> None:
    """Not statistics: three of three against none. One that both have is no news."""
    world = _World(tmp_path, lambda who, _: Made(findings=("old bug", "new bug") if who == "new" else ("old bug",)))
    found = world.compare(Plan(weighing=ONLY_P50)).document
    assert found.verdict is Verdict.FAIL
    assert [(one.identity, one.judgement) for one in found.findings] == [
        ("new bug", Judgement.REGRESSED),
        ("old bug", Judgement.EQUIVALENT),
    ]


def test_errors_and_lost_throughput_are_found(tmp_path: Path) -> None:
    """Two of a hundred requests fail in the candidate: worse by two percentage points, and that much less is delivered."""
    world = _World(tmp_path, lambda who, _: Made(errors=0.027 if who == "new" else 0.0))
    found = world.compare(Plan(weighing=ONLY_P50)).document
    told = {one.metric: one for one in found.metrics if one.operation == "all operations"}
    assert told["errors"].judgement is Judgement.REGRESSED
    assert told["errors"].effect == pytest.approx(0.0267, abs=0.002)
    assert told["throughput"].judgement is Judgement.REGRESSED
    assert float(told["throughput"].effect or 0) < 0
    assert found.errors[0].candidate > found.errors[0].base == 0


def test_an_operation_that_only_one_arm_has_is_unknown(tmp_path: Path) -> None:
    """A candidate in which nobody placed an order any more is not as good, however fast the rest is."""
    world = _World(tmp_path, lambda who, _: Made(operations={"list": 4.0, ("buy" if who == "new" else "place"): 12.0}))
    found = world.compare(Plan(pairs=6, max_pairs=6, weighing=ONLY_P50)).document
    assert found.verdict is Verdict.UNKNOWN
    assert any("place" in why and "not seen" in why for why in found.why)
    row = next(one for one in found.operations if one.name == "place")
    assert row.candidate is None
    assert row.base is not None


def test_what_has_too_few_requests_is_not_judged_and_said(tmp_path: Path) -> None:
    """p99 needs 10,000 requests in every run."""
    found = _World(tmp_path, lambda *_: Made(seconds=2)).compare(Plan(pairs=6, max_pairs=6)).document
    p99 = next(one for one in found.metrics if (one.metric, one.operation) == ("p99", "place"))
    assert not p99.gates
    assert any(line.startswith("p99 of place:") and "10,000" in line for line in found.not_tested)


def test_what_cannot_be_meant_is_said_before_anything_runs(tmp_path: Path) -> None:
    """Too few pairs, no load, faults on an edge that an arm lacks."""
    with pytest.raises(BadInput, match="fewer than 5"):
        _ = Plan(pairs=4).looks
    world = _World(tmp_path, lambda *_: Made())
    bare = Scenario(name="bare", target=BASE.target, load=None)
    with pytest.raises(BadInput, match="no load"):
        compare_sides(
            bare, BASE, CANDIDATE, Plan(), clock=lambda: 0.0, reports=tmp_path, environ={}, listener=Silent(), run=world
        )
    assert not world.ran


def test_time_that_other_machines_took_voids_a_pair() -> None:
    """More than 2 % of all CPU time; a system that does not tell counts none."""
    assert Stolen(0.0, 0.0).why_void(Stolen(3.0, 100.0)) == "3.0% of the CPU time was taken by other machines"
    assert Stolen(1.0, 50.0).why_void(Stolen(1.0, 150.0)) == ""
    assert Stolen(0.0, 5.0).share(Stolen(0.0, 5.0)) == 0.0
