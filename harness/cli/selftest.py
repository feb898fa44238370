"""`harness selftest`: which seeded defects of the bundled service each detector finds."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, Reports, exit_with
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Verdict
from harness.model.nearest import did_you_mean

if TYPE_CHECKING:
    from harness.experiment.selftest import Row
    from harness.results import Comparison, Summary

DEMO, PAIRED = "demo", "side-by-side"
MARGIN = 0.1
_MARKS = {Verdict.FAIL: "FOUND", Verdict.PASS: "silent", Verdict.UNKNOWN: "unknown"}


@app.command()
def selftest(
    defect: Annotated[
        list[str] | None,
        typer.Option("--defect", help="Only this one, or `none`: the healthy service; may be repeated."),
    ] = None,
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Switch each defect of the bundled service on, and see which detector finds it; without one, that none does. Takes about 20 minutes."""
    from harness.experiment.selftest import overall, self_test

    chosen = _chosen(defect)
    watching = Watching(err)
    try:
        rows = self_test(
            chosen,
            run=lambda one: _run(one, reports, watching),
            compare=lambda one: _compare(one, reports, watching),
            tell=lambda row: watching.event(f"{_name(row)}: {row.verdict}, {row.why}"),
        )
    finally:
        watching.close()
    verdict = overall(rows)
    if json:
        say_json({"verdict": verdict.value, "defects": [_plain(row) for row in rows]})
    else:
        _tell(rows, verdict)
    exit_with(verdict, fail_on)


def _chosen(defects: list[str] | None) -> tuple[str, ...]:
    from harness.experiment.selftest import HEALTHY, NEEDED

    chosen = tuple(HEALTHY if one == "none" else one for one in defects or ()) or tuple(NEEDED)
    for one in chosen:
        if one not in NEEDED:
            raise BadInput(f"The bundled service has no defect `{one}`.", did_you_mean(one, [*NEEDED, "none"]))
    return chosen


def _run(defect: str, reports: Path, watching: Watching) -> tuple[Summary, str]:
    from harness.experiment.run import run_scenario
    from harness.experiment.scenario_files import load_scenario

    one = replace(load_scenario(DEMO, os.environ), defects=(defect,) if defect else ())
    ended = run_scenario(one, reports=reports, environ=os.environ, listener=watching)
    return ended.summary, str(ended.folder.path)


def _compare(defect: str, reports: Path, watching: Watching) -> tuple[Comparison, str]:
    from harness.experiment.arms import side
    from harness.experiment.compare import Plan, compare_sides
    from harness.experiment.scenario_files import load_scenario
    from harness.experiment.weigh import Weighing

    found = compare_sides(
        load_scenario(PAIRED, os.environ),
        side("reference", os.environ),
        side(f"reference:{defect}", os.environ),
        Plan(weighing=Weighing(margin=MARGIN, shares=(0.5,))),
        clock=time.monotonic,
        reports=reports,
        environ=os.environ,
        listener=watching,
    )
    return found.document, str(found.folder.path)


def _name(row: Row) -> str:
    return row.defect or "no defect"


def _plain(row: Row) -> dict[str, object]:
    return {
        "defect": row.defect or None,
        "verdict": row.verdict.value,
        "why": row.why,
        "detectors": {name: verdict.value for name, verdict in row.said.items()},
        "folder": row.place,
    }


def _tell(rows: tuple[Row, ...], verdict: Verdict) -> None:
    for row in rows:
        out.print(f"{_name(row):<16}{row.verdict.upper():<9}{row.why}", markup=False)
        said = ", ".join(f"{name} {_MARKS[one]}" for name, one in row.said.items())
        out.print(f"{'':<16}{said}\n{'':<16}{row.place}", markup=False)
    note(f"{sum(row.verdict is Verdict.PASS for row in rows)} of {len(rows)} as they should be")
    out.print(verdict.upper(), markup=False)
