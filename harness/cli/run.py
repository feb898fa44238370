"""`harness run SCENARIO...` and `harness demo`: load, faults, oracle and audit on one clock."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from json import loads as parse_json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.app import app
from harness.cli.baselines import BaselineFile, BaselineUpdate, accept, baseline_of, today
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, NoGuard, Processes, Reports, exit_with
from harness.cli.remote import PORT, Bind, ExpectWorkers, Master, Worker, be_worker, with_workers
from harness.cli.run_options import (
    Asked,
    BudgetOption,
    Defects,
    DryRun,
    ExcludeTags,
    For,
    From,
    Host,
    Locustfile,
    Rate,
    Scenarios,
    SpawnRate,
    Tags,
    Users,
    read_flag,
)
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Scenario, Verdict, worst
from harness.model.quantity import parse_duration

if TYPE_CHECKING:
    from harness.experiment.run import Ended


@app.command()
def demo(
    defect: Defects = None,
    budget: BudgetOption = "",
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Everything against the bundled service, ending in a report: contract, pacts, load, faults, audit."""
    from harness.experiment.scenario_files import load_scenario

    deadline = _deadline(budget)
    _run_all([load_scenario("demo", os.environ)], tuple(defect or ()), deadline, reports, fail_on, json)


@app.command()
def run(
    scenarios: Scenarios = None,
    locustfile: Locustfile = None,
    source: From = None,
    host: Host = "",
    rate: Rate = "",
    users: Users = None,
    spawn_rate: SpawnRate = None,
    duration: For = "",
    tags: Tags = None,
    exclude_tags: ExcludeTags = None,
    processes: Processes = None,
    master: Master = False,
    expect_workers: ExpectWorkers = 1,
    bind: Bind = f"127.0.0.1:{PORT}",
    worker: Worker = "",
    dry_run: DryRun = False,
    no_guard: NoGuard = False,
    budget: BudgetOption = "",
    baseline: BaselineFile = None,
    baseline_update: BaselineUpdate = False,
    defect: Defects = None,
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Run scenarios, one after the other; the worst verdict is the exit code."""
    if worker:
        if scenarios or master or source:
            raise BadInput("A worker does what its master says.", "Leave out everything but --worker and -f.")
        be_worker(worker, locustfile)
        return
    asked = Asked(
        locustfile=locustfile,
        source=source,
        host=host,
        rate=rate,
        users=users,
        spawn_rate=spawn_rate,
        duration=duration,
        tags=tuple(tags or ()),
        exclude_tags=tuple(exclude_tags or ()),
    )
    wanted, several = _wanted(scenarios, asked)
    if no_guard:
        wanted = [replace(one, target=one.target.unguarded()) for one in wanted]
    wanted = _shared(wanted, processes or (None if master else several), (expect_workers, bind) if master else None)
    if dry_run:
        from harness.cli.dry import show

        show(wanted, json=json)
        return
    if baseline_of(baseline, update=baseline_update) is not None:
        known = baseline if baseline and baseline.exists() else None
        wanted = [replace(one, contract=replace(one.contract, baseline=known)) for one in wanted]
    learn = baseline if baseline_update else None
    _run_all(wanted, tuple(defect or ()), _deadline(budget), reports, fail_on, json, learn=learn)


def _wanted(scenarios: list[str] | None, asked: Asked) -> tuple[list[Scenario], int | None]:
    """The scenarios that are named, or the one that the flags make; and the processes that Locust's own settings ask for."""
    from harness.experiment.scenario_files import load_scenario

    if not scenarios:
        one, settings = asked.scenario()
        return [one], settings.processes
    if asked.locustfile or asked.source:
        raise BadInput("A scenario says itself what is sent.", "Leave out -f and --from, or leave out the scenario.")
    return [load_scenario(name, os.environ) for name in scenarios], None


def _shared(wanted: list[Scenario], processes: int | None, master: tuple[int, str] | None) -> list[Scenario]:
    """With the load shared by processes here, or by workers elsewhere: `master` is how many, and where they meet."""
    from harness.experiment.scenario_files import shared_by

    if master is not None:
        if processes is not None:
            raise BadInput("--master and --processes exclude each other.", "Start more workers instead.")
        return [with_workers(one, *master) for one in wanted]
    return wanted if processes is None else [shared_by(one, processes) for one in wanted]


def _deadline(budget: str) -> float | None:
    """When a repeat must be done, on the monotonic clock."""
    return time.monotonic() + read_flag(parse_duration, "--budget", budget) if budget else None


def _run_all(
    wanted: list[Scenario],
    defects: tuple[str, ...],
    deadline: float | None,
    reports: Path,
    fail_on: FailOn,
    json: bool,
    learn: Path | None = None,
) -> None:
    from harness.experiment.repeat import run_within
    from harness.experiment.scenario_files import defects_for

    ready = [replace(one, defects=defects_for(one.target, (*one.defects, *defects))) for one in wanted]
    ended: list[Ended] = []
    for scenario in ready:
        watching = Watching(err)
        note(f"{scenario.name}: {scenario.about or scenario.target.name}")
        try:
            ended += run_within(
                scenario,
                deadline=deadline,
                clock=time.monotonic,
                reports=reports,
                environ=os.environ,
                listener=watching,
            )[-1:]
        finally:
            watching.close()
        if not json:
            tell_end(ended[-1])
    if json:
        documents = [parse_json(one.folder.file("summary.json").read_text()) for one in ended]
        say_json(documents[0] if len(documents) == 1 else documents)
    if learn is not None:
        _learn(learn, ended)
    exit_with(worst(one.summary.verdict for one in ended), fail_on)


def _learn(path: Path, ended: list[Ended]) -> None:
    """What is known of the contract from now on. Lost data is no matter of opinion: the audit's findings are never accepted."""
    from harness.contract import read_baseline
    from harness.contract.baseline import Baseline
    from harness.report.run_outcome import outcome_of

    found = [f for one in ended for f in outcome_of(one.summary).findings if f.source != "audit"]
    accept(path, read_baseline(path) if path.exists() else Baseline(), found, today())
    note("this run tells what it found all the same; the next one knows it")


def tell_end(ended: Any) -> None:
    """Verdict, sentence, the first reasons, and where the report is."""
    summary = ended.summary
    colour = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}[summary.verdict]
    out.print()
    out.print(str(summary.verdict).upper(), style=f"bold {colour}", end="  ")
    out.print(summary.title, markup=False)
    for why in summary.why[:6]:
        out.print(f"  {why}", markup=False)
    if len(summary.why) > 6:
        out.print(f"  and {len(summary.why) - 6} more", markup=False)
    out.print(f"report: {ended.report}", markup=False)
