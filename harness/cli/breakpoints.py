"""`harness breakpoint SCENARIO --vary rate`: the highest rate, or the strongest fault, at which the expectations hold."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from json import loads as parse_json
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, Processes, Reports, exit_with
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Scenario, Verdict
from harness.model.quantity import parse_duration, parse_share

if TYPE_CHECKING:
    from harness.compare import Search
    from harness.experiment.breakpoint import Broken
    from harness.experiment.vary import Varied

FARTHEST = 64.0  # times the scenario's own value, up and down, where nobody says how far
COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}


@app.command("breakpoint")
def find(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A file, or the name of a bundled scenario.")],
    vary: Annotated[
        str, typer.Option("--vary", help="What is varied: rate, or a fault's key, such as slow.delay or gone.for.")
    ] = "rate",
    lowest: Annotated[str, typer.Option("--from", help="The mildest value, tried first, such as 50/s or 100ms.")] = "",
    highest: Annotated[str, typer.Option("--to", help="The worst value that may be tried, such as 2000/s or 5s.")] = "",
    tolerance: Annotated[str, typer.Option("--tolerance", help="How close the answer must be.")] = "10%",
    budget: Annotated[str, typer.Option("--budget", help="No trial is begun that would not be done within.")] = "15m",
    processes: Processes = None,
    defect: Annotated[
        list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")
    ] = None,
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Run a scenario again and again, with more and more load or a stronger and stronger fault, until it is known where it breaks."""
    from harness.experiment.breakpoint import find_breakpoint
    from harness.experiment.scenario_files import defects_for, load_scenario, shared_by
    from harness.experiment.vary import varied

    one, kind = load_scenario(scenario, os.environ), varied(vary)
    one = replace(one, defects=defects_for(one.target, (*one.defects, *(defect or ()))))
    one = one if processes is None else shared_by(one, processes)
    search = _search(one, kind, lowest, highest, tolerance)
    seconds = _read(parse_duration, "--budget", budget)
    note(f"{one.name}: {vary} within {kind.show(search.floor)} and {kind.show(search.ceiling)}, {budget} at most")
    watching = Watching(err)
    try:
        found = find_breakpoint(
            one,
            kind,
            search,
            budget_s=seconds,
            clock=time.monotonic,
            reports=reports,
            environ=os.environ,
            listener=watching,
        )
    finally:
        watching.close()
    if json:
        say_json(parse_json(found.folder.file("breakpoint.json").read_text()))
    else:
        _tell(found)
    exit_with(found.document.verdict, fail_on)


def _search(scenario: Scenario, kind: Varied, mildest: str, worst: str, tolerance: str) -> Search:
    from harness.compare import Search

    own, most = kind.of(scenario), kind.most(scenario)
    start = _read(kind.parse, "--from", mildest) if mildest else own
    last = _read(kind.parse, "--to", worst) if worst else _away(start, kind, worse=True)
    if most is not None and max(start, last if worst else start) > most:
        raise BadInput(f"The target allows at most {kind.show(most)} (`{kind.limit}`).", "Stay below it, or raise it.")
    last = last if most is None else min(last, most)
    if worst and not mildest:
        start = max(start, last) if kind.falling else min(start, last)
    if start < last if kind.falling else start > last:
        raise BadInput(f"--from {mildest} is {'below' if kind.falling else 'above'} --to {worst}.", "Turn them round.")
    first = start if mildest else _away(start, kind, worse=False)
    try:
        return Search(
            start=start,
            floor=min(first, last),
            ceiling=max(first, last),
            tolerance=_read(parse_share, "--tolerance", tolerance),
            whole=kind.whole,
            falling=kind.falling,
        )
    except ValueError as error:
        raise BadInput(f"--tolerance {tolerance}: {error}.", "Write a share such as 10%.") from error


def _away(start: float, kind: Varied, *, worse: bool) -> float:
    """The furthest value where nobody says how far."""
    if worse is not kind.falling:
        return start * FARTHEST
    return max(1.0, round(start / FARTHEST)) if kind.whole else start / FARTHEST


def _tell(found: Broken) -> None:
    from harness.report import facts

    document = found.document
    out.print()
    out.print(str(document.verdict).upper(), style=f"bold {COLOURS[document.verdict]}", end="  ")
    out.print(document.title, markup=False)
    for fact in facts(document):
        out.print(f"  {fact}", markup=False)
    out.print(f"report: {found.report}", markup=False)


def _read(parse: Callable[[str], float], flag: str, text: str) -> float:
    try:
        value = parse(text)
    except ValueError as error:
        raise BadInput(f"{flag}: {error}.") from error
    if value <= 0:
        raise BadInput(f"{flag} {text} must be above zero.")
    return value
