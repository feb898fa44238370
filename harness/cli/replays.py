"""How `harness check --replay` tells what became of findings that were saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.cli.outcomes import tell
from harness.model import Check, Verdict

if TYPE_CHECKING:
    from harness.contract import Replayed


def tell_replayed(subject: str, replayed: Sequence[Replayed], formats: Sequence[str] | None, *, json: bool) -> Verdict:
    """What is still there is a finding, one check each; what is mended is a fact."""
    from harness.report import Outcome

    still = tuple(
        replace(one.finding, tried=one.tried, came_back=one.came_back)
        for one in replayed
        if one.verdict is Verdict.FAIL
    )
    outcome = Outcome(
        command="check --replay",
        subject=subject,
        checks=tuple(
            Check(
                name=f"{one.finding.operation} {one.finding.check}",
                verdict=one.verdict,
                why=f"{one.finding.operation}: {one.why}",
            )
            for one in replayed
        ),
        findings=still,
        facts=(
            f"{len(still)} of {len(replayed)} came back",
            *(
                f"mended: {one.finding.operation}: {one.finding.message}"
                for one in replayed
                if one.verdict is Verdict.PASS
            ),
            *(f"not known: {one.finding.operation}: {one.why}" for one in replayed if one.verdict is Verdict.UNKNOWN),
        ),
    )
    tell(outcome, formats, json=json)
    return outcome.verdict
