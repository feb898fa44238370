"""`harness diff OLD NEW`: what breaks whom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app
from harness.cli.options import FailOn, FailOnOption, Json, exit_with
from harness.cli.outcomes import Formats, check_formats, tell
from harness.model import Level

SIDE = "A file or URL of a description (OpenAPI, GraphQL), a folder of pacts, or a revision of git: origin/main:openapi.yaml"
Gate = Annotated[Level, typer.Option("--gate", help="The level from which on a change fails.")]


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=SIDE, show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, as it is to be.", show_default=False)],
    pacts: Annotated[
        list[Path] | None,
        typer.Option("--pacts", help="Pacts of consumers: tells whom a change breaks. May be repeated."),
    ] = None,
    relied_on: Annotated[bool, typer.Option("--relied-on", help="Only what a pact relies on can fail.")] = False,
    deprecation_days: Annotated[
        int, typer.Option("--deprecation-days", min=0, help="Days that must lie between a deprecation and its sunset.")
    ] = 0,
    gate: Gate = Level.ERROR,
    formats: Formats = None,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Breaking changes between two descriptions, two GraphQL schemas or two sets of pacts."""
    from harness.experiment.diff_command import compare_sides

    check_formats(formats)
    outcome = compare_sides(
        old,
        new,
        pacts=tuple(pacts or ()),
        relied_on=relied_on,
        today=datetime.now(UTC).date(),
        grace_days=deprecation_days,
        gate=gate,
    )
    tell(outcome, formats, json=json)
    exit_with(outcome.verdict, fail_on)
