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
    lowest: Annotated[str, typer.Option("--from", help="The lowest value, tried first, such as 50/s or 100ms.")] = "",
    highest: Annotated[
        str, typer.Option("--to", help="The highest value that may be tried, such as 2000/s or 5s.")
    ] = "",
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
    note(f"{one.name}: {vary} from {kind.show(search.floor)} to {kind.show(search.ceiling)}, {budget} at most")
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


def _search(scenario: Scenario, kind: Varied, lowest: str, highest: str, tolerance: str) -> Search:
    from harness.compare import Search

    own, most = kind.of(scenario), kind.most(scenario)
    start = _read(kind.parse, "--from", lowest) if lowest else own
    ceiling = _read(kind.parse, "--to", highest) if highest else start * FARTHEST
    if most is not None and max(start, ceiling if highest else start) > most:
        raise BadInput(f"The target allows at most {kind.show(most)} (`{kind.limit}`).", "Stay below it, or raise it.")
    ceiling = ceiling if most is None else min(ceiling, most)
    if highest and not lowest:
        start = min(start, ceiling)
    if start > ceiling:
        raise BadInput(f"--from {lowest} is above --to {highest}.", "Turn them round.")
    try:
        return Search(
            start=start,
            floor=start if lowest else _down(start, kind),
            ceiling=ceiling,
            tolerance=_read(parse_share, "--tolerance", tolerance),
            whole=kind.whole,
        )
    except ValueError as error:
        raise BadInput(f"--tolerance {tolerance}: {error}.", "Write a share such as 10%.") from error


def _down(start: float, kind: Varied) -> float:
    """The lowest value where nobody says how far."""
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
