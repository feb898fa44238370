"""Two versions held against each other: run after run, in pairs and random order, until it is decided. Each run is a run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from harness.compare import FEWEST, Looks
from harness.errors import BadInput, HarnessError, Interrupted
from harness.experiment.arms import Side
from harness.experiment.assemble import Frame, assemble
from harness.experiment.compared import FOLDER, Compared, Draw
from harness.experiment.host import host
from harness.experiment.listener import Listener
from harness.experiment.repeat import Run
from harness.experiment.reset import reset
from harness.experiment.run import run_scenario
from harness.experiment.seen import Seen, see
from harness.experiment.stolen import Stolen
from harness.experiment.weigh import Gathering, Weighing
from harness.experiment.workshop import new_id
from harness.model import Judgement, Scenario
from harness.model.quantity import show_duration
from harness.report import write_comparison
from harness.results import Arm, Comparison, Pool, Rules, RunFolder, RunReader, Status, save_comparison
from harness.results.pooled import STEPS

CHECKED_PAIRS = 3  # whose runs check the contract in calm as well: as many as a replay needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`pairs` before the first look and `max_pairs` before the last; `seed` orders the arms and is the first pair's seed of load and data."""

    pairs: int = 6
    max_pairs: int = 12
    budget_s: float | None = None
    weighing: Weighing = field(default_factory=Weighing)
    seed: int = 0

    @property
    def looks(self) -> Looks:
        """When a verdict is possible. Raises BadInput."""
        try:
            return Looks.plan(self.pairs, self.max_pairs)
        except ValueError as error:
            raise BadInput(f"--pairs {self.pairs} --max-pairs {self.max_pairs}: {error}.") from error


def compare_sides(
    scenario: Scenario,
    base: Side,
    candidate: Side,
    plan: Plan,
    *,
    clock: Callable[[], float],
    reports: Path,
    environ: Mapping[str, str],
    listener: Listener,
    run: Run = run_scenario,
    counters: Callable[[], Stolen] = Stolen.since_now,
    draw: Draw = write_comparison,
) -> Compared:
    """Pairs until a look decides, the most pairs are made, too many were void, or the next would not be done within the budget.

    What is known is written after every pair. `counters` tell what CPU time other machines took.

    Raises BadInput, and what `run_scenario` and `reset` raise: a run that could not be made ends the comparison.
    """
    if scenario.load is None:
        raise BadInput(f"Scenario `{scenario.name}` has no load, so there is nothing to compare.", "Add `load:`.")
    looks = plan.looks
    scenarios = (base.of(scenario), candidate.of(scenario))
    folder = RunFolder.create(reports / FOLDER, scenario.name, datetime.now(UTC), new_id())
    trial = _Trial(
        plan, looks, folder, scenarios, (base, candidate), clock, reports, environ, listener, run, counters, draw
    )
    trial.begin()
    try:
        trial.go_on()
    except BaseException as error:
        status = Status.INTERRUPTED if isinstance(error, Interrupted) else Status.INCOMPLETE
        trial.save(
            status, error.told if isinstance(error, HarnessError | Interrupted) else f"{type(error).__name__}: {error}"
        )
        listener.event(f"What was compared until then: {folder.file('report.html')}")
        raise
    return Compared(folder, trial.save(Status.COMPLETE, trial.ended_because))


def orders(seed: int) -> Iterator[int]:
    """+1 for the base first, -1 for the candidate first: both once in every block of two pairs, in random order."""
    rng = np.random.default_rng([seed, 1])
    while True:
        yield from (int(one) for one in rng.permutation([1, -1]))


@dataclass(slots=True)
class _Trial:
    plan: Plan
    looks: Looks
    folder: RunFolder
    scenarios: tuple[Scenario, Scenario]
    sides: tuple[Side, Side]
    clock: Callable[[], float]
    reports: Path
    environ: Mapping[str, str]
    listener: Listener
    run: Run
    counters: Callable[[], Stolen]
    draw: Draw
    ended_because: str = ""
    spoilt: str = ""  # why nothing may be said, however many pairs count
    began: float = 0.0
    longest: float = 0.0
    gathering: Gathering = field(init=False)
    arms: list[Arm] = field(init=False)
    frame: Frame = field(init=False)

    def begin(self) -> None:
        """Write the document for the first time, so that a comparison that is cut can be read."""
        self.began = self.clock()
        load = self.scenarios[0].load
        assert load is not None
        step_ns = max(1_000_000_000, round(load.profile.duration / STEPS) * 1_000_000_000)
        self.gathering = Gathering(self.plan.weighing, (Pool(step_ns), Pool(step_ns)))
        self.arms = [_arm(side) for side in self.sides]
        self.frame = Frame(
            name=self.folder.name,
            scenario=self.scenarios[0].name,
            about=self.scenarios[0].about,
            mode="interleaved",
            base=self.arms[0],
            candidate=self.arms[1],
            rules=Rules(
                pairs=self.plan.pairs,
                max_pairs=self.plan.max_pairs,
                looks=self.looks.at,
                alphas=(self.looks.alpha,) * len(self.looks.at),
                margin=self.plan.weighing.margin,
                budget_s=self.plan.budget_s,
                seed=self.plan.seed,
            ),
            started=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            environment=host(),
        )
        self.save(Status.RUNNING)

    def go_on(self) -> None:
        """Make pairs. A void one is made again in the same order, so that orders stay balanced."""
        order = orders(self.plan.seed)
        wanted = next(order)
        while True:
            if not self._has_time():
                assert self.plan.budget_s is not None
                self.ended_because = f"the budget of {show_duration(self.plan.budget_s)} is used up"
                return
            began = self.clock()
            void = self._pair(wanted)
            self.longest = max(self.longest, self.clock() - began)
            if void and len(self.gathering.pairs) - len(self.gathering.counting) > self.plan.pairs:
                self.spoilt = f"{self.plan.pairs + 1} pairs were void, the last because of {void}"
                return
            document = self.save(Status.RUNNING)
            count = len(self.gathering.counting)
            if not void and self.looks.due(count):
                self.listener.event(f"look at {count} pairs: {document.judgement}")
                if count >= self.looks.most or document.judgement is not Judgement.INCONCLUSIVE:
                    return
            wanted = wanted if void else next(order)

    def _has_time(self) -> bool:
        budget = self.plan.budget_s
        return budget is None or not self.gathering.pairs or self.clock() - self.began + self.longest <= budget

    def _pair(self, order: int) -> str:
        """Both runs; what makes the pair void, or nothing."""
        number = len(self.gathering.pairs) + 1
        before = self.counters()
        seen: dict[int, Seen] = {}
        for arm in (0, 1) if order > 0 else (1, 0):
            self.listener.event(f"pair {number}: {('base', 'candidate')[arm]} ({self.sides[arm].spelling})")
            seen[arm] = self._one(arm, number)
        made = self.gathering.add(seen[0], seen[1], order, before.why_void(self.counters()))
        if made.pair.void:
            self.listener.event(f"pair {number} is void: {made.pair.void}")
        return made.pair.void

    def _one(self, arm: int, number: int) -> Seen:
        scenario = self.scenarios[arm]
        reset(scenario.target, self.environ)
        ended = self.run(
            _for_pair(scenario, self.plan.seed + number, checked=len(self.gathering.counting) < CHECKED_PAIRS),
            reports=self.reports,
            environ=self.environ,
            listener=self.listener,
        )
        reader = RunReader.open(ended.folder)
        record = reader.record
        self.arms[arm] = self.arms[arm].model_copy(
            update={"target_url": record.target_url, "versions": record.versions, "environment": record.host}
        )
        return see(reader)

    def save(self, status: Status, why: str = "") -> Comparison:
        """Write the document, and its report where the comparison has ended. Between looks nothing is judged."""
        document = assemble(
            replace(self.frame, base=self.arms[0], candidate=self.arms[1], doubts=tuple(self._doubts(status))),
            self.gathering,
            alpha=self.looks.alpha,
            rng=np.random.default_rng([self.plan.seed, 2]),
            status=status,
            duration_s=self.clock() - self.began,
            ended_because=why,
        )
        save_comparison(self.folder, document)
        if status is not Status.RUNNING:
            self.draw(self.folder, document)
        return document

    def _doubts(self, status: Status) -> Iterator[str]:
        """Each look spends its share of the error rate (`Looks`), so one that was not due would be paid by nobody; a machine that voids so many
        pairs is trusted with none."""
        if self.spoilt:
            yield self.spoilt
        elif not self.looks.due(count := len(self.gathering.counting)):
            if status is Status.RUNNING:
                yield "the comparison goes on"
            elif count >= FEWEST:
                yield f"{count} pairs count, and a verdict is possible at {_listed(self.looks.at)}"


def _listed(numbers: Sequence[int]) -> str:
    *all_but_last, last = (str(one) for one in numbers)
    return f"{', '.join(all_but_last)} or {last}" if all_but_last else last


def _for_pair(scenario: Scenario, seed: int, *, checked: bool) -> Scenario:
    """Both runs of a pair have the same seed, so the same arrivals, data and generated cases; the contract is checked in calm in three."""
    contract = scenario.contract
    if not checked:
        contract = replace(contract, fuzz=None, pact=False)
    elif contract.fuzz is not None:
        fuzz = contract.fuzz
        contract = replace(contract, fuzz=replace(fuzz, seed=seed if fuzz.seed is None else fuzz.seed))
    return replace(scenario, seed=seed, contract=contract)


def _arm(side: Side) -> Arm:
    return Arm(
        spelling=side.spelling,
        target=side.target.name,
        target_url=side.target.url,
        defects=side.defects,
        settings=dict(side.settings),
    )
