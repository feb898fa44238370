"""`harness trend [PATTERN]`: how saved runs moved over time."""

from __future__ import annotations

from json import loads as parse_json
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, Reports, exit_with
from harness.cli.terminal import out, say_json
from harness.errors import BadInput
from harness.model import Verdict
from harness.model.quantity import parse_share

if TYPE_CHECKING:
    from harness.results import TrendSeries

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}
LEVELS = "▁▂▃▄▅▆▇█"


@app.command("trend")
def show(
    runs: Annotated[str, typer.Argument(metavar="[PATTERN]", help="Which runs, by name; quote it.")] = "*",
    least: Annotated[str, typer.Option("--least", help="Changes of less are left out.")] = "5%",
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Where the numbers of a scenario changed their level over saved runs. Runs of one scenario on one machine only."""
    from harness.experiment.saved import find_runs
    from harness.experiment.trend import trend

    try:
        share = parse_share(least)
    except ValueError as error:
        raise BadInput(f"--least: {error}.") from error
    found = trend(find_runs(reports / "runs", runs), share)
    if json:
        say_json(parse_json(found.model_dump_json()))
    else:
        out.print(str(found.verdict).upper(), style=f"bold {COLOURS[found.verdict]}", end="  ")
        out.print(found.title, markup=False)
        for why in found.why:
            out.print(f"  {why}", markup=False)
        for one in found.series:
            _line(one)
        for run in found.runs:
            if run.left_out:
                out.print(f"  left out: {run.run}: {run.left_out}", markup=False)
    exit_with(found.verdict, fail_on)


def _line(one: TrendSeries) -> None:
    values = [float(value) for value in one.values if value is not None]
    if not values:
        return
    changes = ", ".join(f"{change.change:+.1%} from {change.run}" for change in one.changes)
    changes = changes or ("no change" if one.judged else "too few runs have it")
    name = f"{one.metric} of {one.operation}"
    out.print(f"  {name:<34} {_spark(values)}  {values[-1]:.4g} {one.unit}  {changes}", markup=False)


def _spark(values: list[float]) -> str:
    low, high = min(values), max(values)
    shown = values[-60:]
    return "".join(
        LEVELS[round((value - low) / (high - low) * (len(LEVELS) - 1)) if high > low else 3] for value in shown
    )
