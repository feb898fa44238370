"""`harness check`: the contract in calm, from a description."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import FailOn, FailOnOption, Json, exit_with
from harness.cli.terminal import err, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Finding, Fuzz, Level
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration

if TYPE_CHECKING:
    from harness.contract import FuzzResult, Progress

SHOWN = 10
PHASES = ("examples", "coverage", "fuzzing", "stateful")
TargetName = Annotated[
    str,
    typer.Argument(
        metavar="[TARGET|URL]", help="A target of harness.yaml, a URL, or `reference`, the bundled service."
    ),
]
Defects = Annotated[list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")]


@app.command()
def check(
    target: TargetName = "reference",
    budget: Annotated[str, typer.Option("--budget", help="Time to spend at most.")] = "60s",
    seed: Annotated[
        int | None, typer.Option("--seed", help="The same seed sends the same requests to an unchanged service.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Threads that send requests.")] = 1,
    max_examples: Annotated[int | None, typer.Option("--max-examples", min=1, help="Examples per operation.")] = None,
    phases: Annotated[str, typer.Option("--phases", help="Some of examples,coverage,fuzzing,stateful.")] = ",".join(
        PHASES
    ),
    defect: Defects = None,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Hold a service against its OpenAPI description with generated requests."""
    from harness.experiment.contract_commands import check_target
    from harness.experiment.scenario_files import defects_for, find_target

    wanted = find_target(target, os.environ)
    plan = Fuzz(budget=_seconds(budget), phases=_phases(phases), max_examples=max_examples, seed=seed, workers=workers)
    watching = Watching(err)
    try:
        result = check_target(
            wanted,
            plan,
            environ=os.environ,
            listener=watching,
            tell=_phase_teller(watching),
            defects=defects_for(wanted, tuple(defect or ())),
        )
    finally:
        watching.close()
    if json:
        say_json(_document(result))
    else:
        show_findings(result.findings)
        out.print(
            f"{result.cases} cases; {result.coverage.of_operations:.0%} of operations, "
            f"{result.coverage.of_statuses:.0%} of documented statuses seen"
        )
        out.print(f"{str(result.check.verdict).upper()}  {result.check.why}", markup=False)
    exit_with(result.check.verdict, fail_on)


def _phase_teller(watching: Watching) -> Callable[[Progress], None]:
    told: set[str] = set()

    def tell(now: Progress) -> None:
        if now.phase and now.phase not in told:
            told.add(now.phase)
            watching.event(f"phase {now.phase}")

    return tell


def _document(result: FuzzResult) -> dict[str, object]:
    return {
        "verdict": str(result.check.verdict),
        "why": result.check.why,
        "cases": result.cases,
        "stopped_by": result.stopped_by,
        "coverage": {"operations": result.coverage.of_operations, "statuses": result.coverage.of_statuses},
        "untested": list(result.untested),
        "findings": [finding_row(one) for one in result.findings],
    }


def show_findings(findings: tuple[Finding, ...]) -> None:
    """At most ten, worst first, and how many more there are."""
    for one in findings[:SHOWN]:
        times = f" ({one.count} times)" if one.count > 1 else ""
        out.print(f"{one.level:<8} {one.operation}  {one.check}{times}", markup=False)
        out.print(f"           {' '.join(one.message.split())[:300]}", markup=False)
        if one.curl:
            out.print(f"           {one.curl}", markup=False)
    if len(findings) > SHOWN:
        out.print(f"and {len(findings) - SHOWN} more; --json shows all")


def finding_row(one: Finding) -> dict[str, object]:
    return {
        "identity": one.identity,
        "level": str(Level(one.level)),
        "source": one.source,
        "operation": one.operation,
        "check": one.check,
        "message": one.message,
        "count": one.count,
        "curl": one.curl,
    }


def _phases(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in wanted:
        if name not in PHASES:
            raise BadInput(f"--phases: `{name}` is no phase.", did_you_mean(name, PHASES))
    if not wanted:
        raise BadInput("--phases names none.", f"Write some of {','.join(PHASES)}.")
    return wanted


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise BadInput(f"--budget: {error}.") from error
    if seconds <= 0:
        raise BadInput(f"--budget {text} is no time at all.", "Write a duration above zero, such as 60s.")
    return seconds
