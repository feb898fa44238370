"""`harness matrix SCENARIO`: every fault on every edge, one short run each, and how many held."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from json import loads as parse_json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, Reports, exit_with
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Scenario, Verdict
from harness.model.quantity import show_duration

if TYPE_CHECKING:
    from harness.experiment.cells import Chosen
    from harness.experiment.matrix import Crossed
    from harness.results import RunFolder

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}


@app.command("matrix")
def cross_all(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A file, or the name of a bundled scenario.")],
    edge: Annotated[list[str] | None, typer.Option("--edge", help="Only this edge; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only this kind of fault; may be repeated.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only print the cells, and how long they will take.")] = False,
    resume: Annotated[
        str, typer.Option("--resume", help="Go on with one that was cut short: its name, or `last`.")
    ] = "",
    defect: Annotated[
        list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")
    ] = None,
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Run every fault on every edge of a scenario's target, each in a short run of its own, calm runs between them."""
    from harness.experiment.cells import cells_of, expected_seconds
    from harness.experiment.http_links import has_envoy
    from harness.experiment.matrix import cross
    from harness.experiment.scenario_files import defects_for, load_scenario

    one = load_scenario(scenario, os.environ)
    one = replace(one, defects=defects_for(one.target, (*one.defects, *(defect or ()))))
    chosen = cells_of(one, tuple(edge or ()), tuple(kind or ()), envoy=has_envoy(os.environ))
    if plan:
        _tell_plan(one, chosen, json)
        return
    folder = _folder(reports, resume) if resume else None
    note(
        f"{one.name}: {len(chosen.cells)} cells, about {show_duration(round(expected_seconds(one, len(chosen.cells))))}"
    )
    watching = Watching(err)
    try:
        found = cross(
            one,
            chosen,
            clock=time.monotonic,
            reports=reports,
            environ=os.environ,
            listener=watching,
            resume=folder,
        )
    finally:
        watching.close()
    if json:
        say_json(parse_json(found.folder.file("matrix.json").read_text()))
    else:
        _tell(found)
    exit_with(found.document.verdict, fail_on)


def _tell_plan(scenario: Scenario, chosen: Chosen, json: bool) -> None:
    from harness.experiment.cells import PER_CALM, expected, expected_seconds, seconds_of

    cells = chosen.cells
    seconds = round(expected_seconds(scenario, len(cells)))
    expect = [one.text for one in expected(scenario.matrix)]
    if json:
        rows = [{"edge": cell.edge, "fault": cell.fault, "kind": cell.disturbance.kind} for cell in cells]
        say_json(
            {
                "cells": rows,
                "left_out": [
                    {"edge": cell.edge, "fault": cell.fault, "kind": cell.disturbance.kind, "why": why}
                    for cell, why in chosen.left_out
                ],
                "expect": expect,
                "audits": scenario.audit,
                "load_s": seconds_of(scenario),
                "seconds": seconds,
            }
        )
        return
    for number, cell in enumerate(cells, 1):
        out.print(f"{number:3}  {cell.edge:<12} {cell.fault}", markup=False)
    for why in dict.fromkeys(why for _, why in chosen.left_out):
        some = dict.fromkeys(
            f"{cell.disturbance.kind} on {cell.edge}" for cell, other in chosen.left_out if other == why
        )
        out.print(f"Not tried, since {why}: {', '.join(some)}.", markup=False)
    out.print(f"Each must keep: {'; '.join(expect)}", markup=False)
    calms = -(-len(cells) // PER_CALM)
    out.print(f"{len(cells)} cells and {calms} calm runs between them: about {_long(seconds)}.", markup=False)


def _long(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"


def _folder(reports: Path, spelling: str) -> RunFolder:
    from harness.experiment.matrix import FOLDER
    from harness.results import RunFolder

    root = reports / FOLDER
    names = sorted(path.name for path in root.glob("*") if (path / "matrix.json").is_file())
    meant = names[-1:] if spelling == "last" else [name for name in names if spelling in name]
    if len(meant) != 1:
        known = f" There are: {', '.join(names[-5:])}" if names else ""
        raise BadInput(
            f"`{spelling}` names {len(meant)} matrices under {root}.{known}", "Write one whole name, or `last`."
        )
    return RunFolder(root / meant[0])


def _tell(found: Crossed) -> None:
    from harness.report.matrix import matrix_facts

    document = found.document
    out.print()
    out.print(str(document.verdict).upper(), style=f"bold {COLOURS[document.verdict]}", end="  ")
    out.print(document.title, markup=False)
    for fact in matrix_facts(document):
        out.print(f"  {fact}", markup=False)
    out.print(f"report: {found.report}", markup=False)
