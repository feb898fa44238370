"""Options that several commands share, and how a verdict becomes an exit code."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import note
from harness.model import Verdict


class FailOn(StrEnum):
    """What makes a command fail."""

    UNKNOWN = "unknown"
    FAIL = "fail"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; logs stay on stderr.")]
Reports = Annotated[
    Path, typer.Option("--reports", help="Where run folders go.", envvar="HARNESS_REPORTS", show_default=True)
]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="`fail`: an unknown verdict exits 0, with a warning.")]
Processes = Annotated[
    int | None, typer.Option("--processes", min=1, max=64, help="Load processes on this machine that share the plan.")
]
NoGuard = Annotated[
    bool,
    typer.Option("--no-guard", help="Put faults on a Toxiproxy on another host though no `harness guard` watches it."),
]
DEFAULT_REPORTS = Path("reports")


def exit_with(verdict: Verdict, fail_on: FailOn = FailOn.UNKNOWN) -> None:
    """End the command with the verdict's exit code."""
    if verdict is Verdict.UNKNOWN and fail_on is FailOn.FAIL:
        note("warning: the verdict is unknown, and --fail-on fail lets that pass.")
        raise typer.Exit(0)
    raise typer.Exit(verdict.exit_code)
