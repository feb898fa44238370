"""Runs the cells of a matrix one after the other, calm runs between them, and says how many held. Each is a run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path

from harness.errors import BadInput, HarnessError, Interrupted, ServiceDied
from harness.experiment.cell_outcome import as_calm, as_cell, died_in
from harness.experiment.cells import PER_CALM, Cell, Chosen, calm_of, expected, expected_seconds, run_of
from harness.experiment.host import host
from harness.experiment.kept_target import kept
from harness.experiment.listener import Listener
from harness.experiment.repeat import Run, run_within
from harness.experiment.run import Ended, run_scenario
from harness.experiment.trials import as_kept
from harness.experiment.workshop import new_id
from harness.model import Scenario, Verdict, worst
from harness.model.quantity import show_duration
from harness.report import write_matrix
from harness.results import Matrix, MatrixCalm, MatrixCell, MatrixLeftOut, RunFolder, Status, load_matrix, save_matrix

FOLDER = "matrices"


@dataclass(frozen=True, slots=True)
class Crossed:
    """A matrix that came to an end."""

    folder: RunFolder
    document: Matrix

    @property
    def report(self) -> Path:
        """The page to open."""
        return self.folder.file("report.html")


def planned(scenario: Scenario, chosen: Chosen, name: str = "") -> Matrix:
    """A matrix of which nothing was run."""
    plan = scenario.matrix
    load = calm_of(scenario).load
    assert load is not None
    return Matrix(
        name=name,
        scenario=scenario.name,
        about=scenario.about,
        target=scenario.target.name,
        calm_s=plan.calm,
        fault_s=plan.fault,
        after_s=plan.after,
        rate=load.profile.peak_rate,
        expect=tuple(one.text for one in expected(plan)),
        audits=scenario.audit,
        started=_utc(),
        cells=tuple(MatrixCell(edge=one.edge, fault=one.fault, kind=one.disturbance.kind) for one in chosen.cells),
        left_out=tuple(
            MatrixLeftOut(edge=one.edge, fault=one.fault, kind=one.disturbance.kind, why=why)
            for one, why in chosen.left_out
        ),
        environment=host(),
    )


def resumed(scenario: Scenario, chosen: Chosen, folder: RunFolder) -> Matrix:
    """One that was begun. Raises BadInput where it was another matrix than this."""
    before, now = load_matrix(folder), planned(scenario, chosen)
    same = ("scenario", "target", "calm_s", "fault_s", "after_s", "rate", "expect", "audits")
    differ = [name for name in same if getattr(before, name) != getattr(now, name)]
    if differ or [(c.edge, c.fault) for c in before.cells] != [(c.edge, c.fault) for c in now.cells]:
        raise BadInput(
            f"{folder.name} is another matrix: it differs in {', '.join(differ) or 'its cells'}.",
            "Resume it with the scenario and the flags that it was begun with, or begin a new one without --resume.",
        )
    return before


def cross(
    scenario: Scenario,
    chosen: Chosen,
    *,
    clock: Callable[[], float],
    reports: Path,
    environ: Mapping[str, str],
    listener: Listener,
    resume: RunFolder | None = None,
    run: Run = run_scenario,
) -> Crossed:
    """Run every cell that has no verdict yet. What is known is written after each run.

    A target that dies in a cell breaks that cell; the bundled one is started anew. Raises what `run_scenario` raises else.
    """
    if resume is not None:
        folder, document = resume, resumed(scenario, chosen, resume)
    else:
        folder = RunFolder.create(reports / FOLDER, scenario.name, datetime.now(UTC), new_id())
        document = planned(scenario, chosen, folder.name)
    one = _Crossing(scenario, folder, document, clock, reports, environ, listener, run)
    one.save(Status.RUNNING)
    try:
        with kept(scenario.target, folder=folder.path, listener=listener, environ=environ) as opener:
            one.run = run if run is not run_scenario else partial(run_scenario, opener=opener)
            one.all(chosen.cells)
    except BaseException as error:
        status = Status.INTERRUPTED if isinstance(error, Interrupted) else Status.INCOMPLETE
        one.save(status, error.told if isinstance(error, HarnessError | Interrupted) else type(error).__name__)
        listener.event(f"What was found until then: {folder.file('report.html')}. Go on: --resume {folder.name}")
        raise
    return Crossed(folder, one.save(Status.COMPLETE))


@dataclass(slots=True)
class _Crossing:
    scenario: Scenario
    folder: RunFolder
    document: Matrix
    clock: Callable[[], float]
    reports: Path
    environ: Mapping[str, str]
    listener: Listener
    run: Run
    began: float = field(default=0.0, init=False)
    before_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.began, self.before_s = self.clock(), self.document.duration_s

    def all(self, cells: Sequence[Cell]) -> None:
        """Those that have no verdict, some after each calm run."""
        left = [i for i, cell in enumerate(self.document.cells) if cell.verdict is None]
        for first in range(0, len(left), PER_CALM):
            calm = self._calm()
            for number in left[first : first + PER_CALM]:
                self._cell(number, cells[number], calm)

    def _calm(self) -> MatrixCalm:
        self.listener.event("calm")
        began = self.clock()
        ended = self._run(calm_of(self.scenario))
        calm = as_calm(as_kept(ended.folder, ended.summary), self.clock() - began)
        self.document = self.document.model_copy(update={"calms": (*self.document.calms, calm)})
        self.save(Status.RUNNING)
        return calm

    def _cell(self, number: int, cell: Cell, calm: MatrixCalm) -> None:
        total, began = len(self.document.cells), self.clock()
        left = expected_seconds(self.scenario, total - number, self._each())
        self.listener.event(
            f"cell {number + 1} of {total}: {cell.fault} on {cell.edge}; {show_duration(round(left))} left"
        )
        empty = self.document.cells[number]
        try:
            ended = self._run(run_of(self.scenario, cell))
            found = as_cell(empty, as_kept(ended.folder, ended.summary), calm, self.clock() - began)
        except ServiceDied as died:
            found = died_in(empty, calm, died, self.clock() - began)
        cells = list(self.document.cells)
        cells[number] = found
        self.document = self.document.model_copy(update={"cells": tuple(cells)})
        self.listener.event(f"{cell.fault} on {cell.edge}: {WORDS[found.verdict or Verdict.UNKNOWN]}{_because(found)}")
        self.save(Status.RUNNING)

    def _run(self, scenario: Scenario) -> Ended:
        """A run that could not be trusted is repeated once."""
        return run_within(
            scenario,
            deadline=inf,
            clock=self.clock,
            reports=self.reports,
            environ=self.environ,
            listener=self.listener,
            run=self.run,
        )[-1]

    def _each(self) -> float | None:
        """What a run took until now."""
        took = [one.seconds for one in self.document.cells] + [one.seconds for one in self.document.calms]
        took = [seconds for seconds in took if seconds]
        return sum(took) / len(took) if took else None

    def save(self, status: Status, why: str = "") -> Matrix:
        """Write the document, and its report."""
        verdict, title = summed_up(self.document)
        self.document = self.document.model_copy(
            update={
                "status": status,
                "why": why,
                "verdict": verdict,
                "title": title,
                "duration_s": round(self.before_s + self.clock() - self.began, 1),
            }
        )
        save_matrix(self.folder, self.document)
        if status is not Status.RUNNING:
            write_matrix(self.folder, self.document)
        return self.document


WORDS = {Verdict.PASS: "held", Verdict.FAIL: "broke", Verdict.UNKNOWN: "could not be told"}


def summed_up(matrix: Matrix) -> tuple[Verdict, str]:
    """The worst of all cells, those that were not run unknown among them; and how many held."""
    said = [one.verdict for one in matrix.cells]
    held, broke = said.count(Verdict.PASS), said.count(Verdict.FAIL)
    missing = said.count(None)
    unknown = len(said) - held - broke - missing
    rest = [
        text
        for text, n in (
            (f"{broke} broke", broke),
            (f"{unknown} could not be told", unknown),
            (f"{missing} not run", missing),
        )
        if n
    ]
    blind = sum(one.verdict is Verdict.PASS and one.in_force is None for one in matrix.cells)
    unseen = f", {blind} of them unverified" if blind else ""
    title = f"{matrix.target}: {held} of {len(said)} cells held{unseen}" + (f"; {', '.join(rest)}" if rest else "")
    return worst(one or Verdict.UNKNOWN for one in said), title


def _because(cell: MatrixCell) -> str:
    why = cell.broke[0] if cell.broke and cell.verdict is Verdict.FAIL else cell.why
    return f" ({why})" if why else ""


def _utc() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
