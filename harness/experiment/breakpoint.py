"""Runs a scenario again and again with one number varied, until it is known where it breaks. Each trial is a run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.compare import Bracket, Search, Trial
from harness.errors import HarnessError, Interrupted
from harness.experiment.host import host
from harness.experiment.listener import Listener
from harness.experiment.repeat import Run
from harness.experiment.run import run_scenario
from harness.experiment.trials import as_kept, knee, saturated, trial_of
from harness.experiment.vary import Varied
from harness.experiment.workshop import new_id
from harness.model import Scenario, Verdict
from harness.model.quantity import show_duration
from harness.report import write_breakpoint
from harness.results import Breakpoint, BreakpointTrial, RunFolder, Status, save_breakpoint

FOLDER = "breakpoints"


@dataclass(frozen=True, slots=True)
class Broken:
    """A search that came to an end."""

    folder: RunFolder
    document: Breakpoint

    @property
    def report(self) -> Path:
        """The page to open."""
        return self.folder.file("report.html")


def find_breakpoint(
    scenario: Scenario,
    vary: Varied,
    search: Search,
    *,
    budget_s: float,
    clock: Callable[[], float],
    reports: Path,
    environ: Mapping[str, str],
    listener: Listener,
    run: Run = run_scenario,
) -> Broken:
    """Search until the answer is there, or the next trial would not be done within the budget (the first is always made).

    What is known is written after every trial. Raises what `run_scenario` raises: a trial that could not be made ends the search.
    """
    folder = RunFolder.create(reports / FOLDER, scenario.name, datetime.now(UTC), new_id())
    hunt = _Hunt(_bare(scenario), vary, search, budget_s, clock, folder, datetime.now(UTC))
    try:
        while (value := search.next_value(hunt.seen)) is not None and hunt.has_time():
            listener.event(f"trial {len(hunt.trials) + 1}: {vary.name} {vary.show(value)}")
            began = clock()
            ended = run(vary.at(hunt.scenario, value), reports=reports, environ=environ, listener=listener)
            hunt.trials.append(trial_of(value, as_kept(ended.folder, ended.summary), clock() - began))
            listener.event(_told(hunt.trials[-1], vary))
            hunt.save(Status.RUNNING)
    except BaseException as error:
        status = Status.INTERRUPTED if isinstance(error, Interrupted) else Status.INCOMPLETE
        hunt.save(status, error.told if isinstance(error, HarnessError | Interrupted) else type(error).__name__)
        listener.event(f"What was found until then: {folder.file('report.html')}")
        raise
    return Broken(folder, hunt.save(Status.COMPLETE))


def _bare(scenario: Scenario) -> Scenario:
    """Without what does not depend on the load: every trial would check it again."""
    return replace(scenario, contract=replace(scenario.contract, fuzz=None, pact=False))


def _told(trial: BreakpointTrial, vary: Varied) -> str:
    p99 = trial.latency_ms.p99
    shown = "no answers" if p99 is None else f"p99 {p99:.1f} ms"
    why = trial.doubts or trial.broke or ((trial.why,) if trial.verdict is Verdict.UNKNOWN else ())
    return f"{vary.show(trial.value)}: {trial.verdict}, {shown}{f' ({why[0]})' if why else ''}"


@dataclass(slots=True)
class _Hunt:
    scenario: Scenario
    vary: Varied
    search: Search
    budget_s: float
    clock: Callable[[], float]
    folder: RunFolder
    started: datetime
    trials: list[BreakpointTrial] = field(default_factory=list)
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def seen(self) -> list[Trial]:
        """As the search wants them."""
        return [Trial(trial.value, trial.verdict) for trial in self.trials]

    def has_time(self) -> bool:
        """Whether a trial as long as the longest would be done within the budget."""
        longest = max((trial.seconds for trial in self.trials), default=0.0)
        return not self.trials or self.clock() - self.began + longest <= self.budget_s

    def save(self, status: Status, why: str = "") -> Breakpoint:
        """Write the document, and its report where the search has ended."""
        bracket = self.search.bracket(self.seen)
        gave_way, reason = saturated(bracket, self.trials)
        short = status is Status.COMPLETE and self.search.next_value(self.seen) is not None
        document = Breakpoint(
            name=self.folder.name,
            scenario=self.scenario.name,
            target=self.scenario.target.name,
            vary=self.vary.name,
            unit=self.vary.unit,
            falling=self.search.falling,
            status=status,
            verdict=bracket.verdict,
            title=self._title(bracket),
            why=why or bracket.why + (f": the budget of {show_duration(self.budget_s)} is used up" if short else ""),
            holds=bracket.holds,
            breaks=bracket.breaks,
            unclear=bracket.unclear,
            knee=knee(self.trials, falling=self.search.falling),
            saturated=gave_way,
            saturated_why=reason,
            floor=self.search.floor,
            ceiling=self.search.ceiling,
            tolerance=self.search.tolerance,
            budget_s=self.budget_s,
            started=self.started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            duration_s=round(self.clock() - self.began, 1),
            trials=tuple(self.trials),
            environment=host(),
        )
        save_breakpoint(self.folder, document)
        if status is not Status.RUNNING:
            write_breakpoint(self.folder, document)
        return document

    def _title(self, bracket: Bracket) -> str:
        name, show = self.scenario.target.name, self.vary.show
        mildest, until, worst = (
            ("highest", "down to", "lowest") if self.vary.falling else ("lowest", "up to", "highest")
        )
        if bracket.verdict is Verdict.FAIL and bracket.breaks is not None:
            return f"{name} breaks at {self.vary.name} {show(bracket.breaks)} already, the {mildest} that was allowed"
        if bracket.verdict is Verdict.PASS and bracket.holds is not None:
            if bracket.breaks is None:
                return f"{name} keeps what is expected {until} {self.vary.name} {show(bracket.holds)}, the {worst} that was allowed"
            return f"{name} keeps what is expected {until} {self.vary.name} {show(bracket.holds)}, and not at {show(bracket.breaks)}"
        known = f"; it held at {show(bracket.holds)}" if bracket.holds is not None else ""
        return f"At which {self.vary.name} {name} breaks could not be told{known}"
