"""What is accepted for now: the file of `--baseline`, read before any work is done and written after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.terminal import note
from harness.errors import BadInput
from harness.model import Finding

if TYPE_CHECKING:
    from harness.contract import Baseline

BaselineFile = Annotated[Path | None, typer.Option("--baseline", help="A file of findings that are accepted.")]
BaselineUpdate = Annotated[
    bool, typer.Option("--baseline-update", help="Accept what is found, for 90 days, in the file of --baseline.")
]


def baseline_of(path: Path | None, *, update: bool) -> Baseline | None:
    """None where no file is named; empty where it is to be written first. Raises BadInput, BadDocument."""
    from harness.contract import Baseline, read_baseline

    if path is None:
        if update:
            raise BadInput("--baseline-update does not say which file.", "Add --baseline FILE.")
        return None
    return Baseline() if update and not path.exists() else read_baseline(path)


def accept(path: Path, known: Baseline, findings: Iterable[Finding], day: date) -> Baseline:
    """Everything that was found is accepted from that day on; the verdict is that of a check that knows it."""
    from harness.contract import write_baseline

    updated = known.updated(findings, day)
    write_baseline(path, updated)
    new = len(updated.entries) - len(known.entries)
    count = len(updated.entries)
    note(f"{path}: {count} finding{'s are' if count != 1 else ' is'} accepted, {new} of them new")
    return updated


def today() -> date:
    """In UTC, wherever it runs."""
    return datetime.now(UTC).date()
