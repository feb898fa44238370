"""`harness run SCENARIO...` and `harness demo`: load, faults, oracle and audit on one clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from json import loads as parse_json
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, NoGuard, Processes, Reports, exit_with
from harness.cli.remote import PORT, Bind, ExpectWorkers, Master, Worker, be_worker, with_workers
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Prepared, Scenario, Verdict, worst
from harness.model.quantity import parse_duration, parse_rate


class Source(StrEnum):
    """Where requests come from, without a locustfile."""

    OPENAPI = "openapi"
    PACTS = "pacts"


BudgetOption = Annotated[
    str,
    typer.Option("--budget", help="A run that cannot be trusted is repeated once, if all is done within, such as 3m."),
]
Defects = Annotated[list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")]


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
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO...", help="Files, or names of bundled scenarios.")
    ] = None,
    locustfile: Annotated[
        Path | None, typer.Option("-f", "--locustfile", help="Without a scenario: an ordinary locustfile.")
    ] = None,
    source: Annotated[
        Source | None,
        typer.Option("--from", help="Without a scenario or locustfile: requests from the description, or the pacts."),
    ] = None,
    host: Annotated[str, typer.Option("-H", "--host", help="Without a scenario: the target, a URL or a name.")] = "",
    rate: Annotated[str, typer.Option("--rate", help="Without a scenario: arrivals, such as 200/s.")] = "",
    users: Annotated[
        int | None, typer.Option("-u", "--users", min=1, help="Without a scenario: users at a time.")
    ] = None,
    spawn_rate: Annotated[
        float | None, typer.Option("-r", "--spawn-rate", min=0.001, help="Users started per second.")
    ] = None,
    duration: Annotated[
        str, typer.Option("-t", "--for", "--run-time", help="Without a scenario: how long, such as 60s.")
    ] = "60s",
    tags: Annotated[list[str] | None, typer.Option("-T", "--tags", help="Only tasks with one of these tags.")] = None,
    processes: Processes = None,
    master: Master = False,
    expect_workers: ExpectWorkers = 1,
    bind: Bind = f"127.0.0.1:{PORT}",
    worker: Worker = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would begin and end when, and touch nothing.")
    ] = False,
    no_guard: NoGuard = False,
    budget: BudgetOption = "",
    defect: Defects = None,
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Run scenarios, one after the other; the worst verdict is the exit code."""
    from harness.experiment.scenario_files import find_target, load_scenario, scenario_from_flags

    if worker:
        if scenarios or master or source:
            raise BadInput("A worker does what its master says.", "Leave out everything but --worker and -f.")
        be_worker(worker, locustfile)
        return
    if scenarios and (locustfile or source):
        raise BadInput("A scenario says itself what is sent.", "Leave out -f and --from, or leave out the scenario.")
    if locustfile and source:
        raise BadInput("-f and --from exclude each other.", "Leave out one of them.")
    if scenarios:
        wanted = [load_scenario(name, os.environ) for name in scenarios]
    elif locustfile or source:
        one = scenario_from_flags(
            locustfile=locustfile,
            prepared=Prepared(source=source.value) if source else None,
            target=find_target(host or "reference", os.environ),
            rate=_read(parse_rate, "--rate", rate) if rate else None,
            users=users,
            spawn_rate=spawn_rate,
            seconds=_read(parse_duration, "--for", duration),
            tags=tuple(tags or ()),
        )
        wanted = [one]
    else:
        raise BadInput(
            "There is nothing to run.",
            "Name a scenario (harness run demo), or a locustfile: harness run -f mine.py -H URL --rate 200/s --for 60s",
        )
    if no_guard:
        wanted = [replace(one, target=one.target.unguarded()) for one in wanted]
    wanted = _shared(wanted, processes, (expect_workers, bind) if master else None)
    if dry_run:
        from harness.cli.dry import show

        show(wanted, json=json)
        return
    _run_all(wanted, tuple(defect or ()), _deadline(budget), reports, fail_on, json)


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
    return time.monotonic() + _read(parse_duration, "--budget", budget) if budget else None


def _run_all(
    wanted: list[Scenario], defects: tuple[str, ...], deadline: float | None, reports: Path, fail_on: FailOn, json: bool
) -> None:
    from harness.experiment.repeat import run_within
    from harness.experiment.run import Ended
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
            _tell(ended[-1])
    if json:
        documents = [parse_json(one.folder.file("summary.json").read_text()) for one in ended]
        say_json(documents[0] if len(documents) == 1 else documents)
    exit_with(worst(one.summary.verdict for one in ended), fail_on)


def _tell(ended: Any) -> None:
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


def _read(parse: Callable[[object], float], flag: str, text: str) -> float:
    try:
        value = parse(text)
    except ValueError as error:
        raise BadInput(f"{flag}: {error}.") from error
    if value <= 0:
        raise BadInput(f"{flag} {text} lasts no time.", "Write a duration above zero, such as 60s.")
    return value
