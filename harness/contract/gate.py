"""From findings to a verdict: what is new, certain and bad enough fails; what did not come back is doubt."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.cause import causes
from harness.model.finding import RANK, Finding, Level
from harness.model.verdict import Check, Verdict


def judge(findings: Sequence[Finding], *, gate: Level, doubt: str, passed: str) -> Check:
    """Fail on new findings from level `gate` on that came back whenever they were sent again. Unknown where one of them did not, or
    where little or nothing was tried (`doubt`): silence proves nothing then."""
    failing = [one for one in findings if one.gates(gate)]
    if failing:
        worst = causes(failing)[0]
        count = len(causes(failing))
        why = f"{count} {or_worse(gate, count)}, first: {worst.where}: {worst.message}"
        return Check(name="contract", verdict=Verdict.FAIL, why=why, value=count, unit="count")
    flaky = [one for one in findings if not one.accepted and not one.certain and RANK[one.level] <= RANK[gate]]
    if flaky:
        one = flaky[0]
        doubt = f"{one.operation}: {one.message}: it came back {one.came_back} of {one.tried} times"
    if doubt:
        return Check(name="contract", verdict=Verdict.UNKNOWN, why=doubt, value=0, unit="count")
    return Check(name="contract", verdict=Verdict.PASS, why=passed, value=0, unit="count")


def or_worse(gate: Level, count: int = 1) -> str:
    """`errors`, `errors or warnings`, …"""
    levels = [f"{level}s" if count != 1 else str(level) for level in Level if RANK[level] <= RANK[gate]]
    return " or ".join(levels)
