"""What `harness check` has to say, for every format, and as tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.check_coverage import coverage_lines, coverage_of
from harness.cli.outcomes import write_text
from harness.cli.terminal import note
from harness.model import causes

if TYPE_CHECKING:
    from harness.contract import Baseline, EngineFile
    from harness.contract.kinds_of_coverage import KindCoverage
    from harness.experiment.contract_commands import Checked
    from harness.report import Outcome


def outcome_of(
    subject: str, checked: Checked, known: Baseline | None, engine_file: EngineFile | None, today: date
) -> Outcome:
    """Everything that any format needs."""
    from harness.report import Outcome

    result, covered = checked.result, coverage_of(checked)
    return Outcome(
        command="check",
        subject=subject,
        checks=(result.check,),
        findings=result.findings,
        facts=tuple(_facts(checked, covered, known, engine_file, today)),
        gate=result.gate,
        place=checked.description.source,
        more={
            "cases": result.cases,
            "seconds": result.seconds,
            "seed": result.seed,
            "stopped_by": result.stopped_by,
            "coverage": {one.kind: one.share for one in covered},
            "never_seen": list(result.coverage.never_seen),
            "never_seen_of": {one.kind: list(one.missing) for one in covered},
            "why_never_seen": dict(result.unreached),
            "strangers": {
                "asked_as": list(checked.target.strangers),
                "refused_by": list(result.refused_strangers),
                "not_asked": dict(result.unasked),
            },
            "untested": list(result.untested),
            "limited": list(result.limited),
        },
    )


def _facts(
    checked: Checked,
    covered: Sequence[KindCoverage],
    known: Baseline | None,
    engine_file: EngineFile | None,
    today: date,
) -> Iterator[str]:
    result = checked.result
    took = f" in {result.seconds:.0f} s" if result.seconds is not None else ""
    yield (
        f"{result.cases:,} cases{took} on {len(result.tested)} of {len(result.selected)} operations (seed {result.seed})"
    )
    yield from coverage_lines(result, covered)
    yield from _strangers(checked)
    yield from (f"not tested: {one}" for one in result.untested[:3])
    if len(result.untested) > 3:
        yield f"not tested: {len(result.untested) - 3} more; --json names them"
    if result.limited:
        yield f"it asked to wait (429), and that was obeyed: {', '.join(result.limited[:5])}"
    if engine_file:
        yield f"{engine_file.path} was honoured"
    if known is not None:
        for one in known.over(result.findings, today)[:3]:
            yield f"accepted until {one.until}, which is over: {one.operation}: {one.message}"
        unseen = known.unseen(result.findings)
        if unseen:
            yield f"{len(unseen)} accepted findings were not seen; take them out of the baseline if they are mended"


def _strangers(checked: Checked) -> Iterator[str]:
    """Who was refused what somebody else had made, and what could not be asked for."""
    from harness.contract.grading import STRANGER

    result, who = checked.result, ", ".join(checked.target.strangers)
    if not who:
        return
    if not result.refused_strangers and not result.unasked and not any(f.check == STRANGER for f in result.findings):
        yield f"strangers ({who}): nothing could be asked for; the description links no operation to what another one makes"
    if refused := result.refused_strangers:
        yield f"strangers ({who}): refused by all {len(refused)} asked: {', '.join(refused[:5])}"
    for name, why in list(result.unasked.items())[:3]:
        yield f"strangers ({who}): {name} was not asked: {why}"


def write_tests(path: Path, checked: Checked, subject: str) -> None:
    """A pytest module of what is new. Raises EnvironmentFailed where it cannot be written."""
    from harness.contract import pytest_module

    shown = [cause.shown for cause in causes(checked.result.findings) if not cause.accepted]
    text = pytest_module(shown, checked.description, checked.target, subject=subject, file=path.name)
    write_text(path, text, "--pytest")
    note(f"pytest module: {path}")
