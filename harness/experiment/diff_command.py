"""What `harness diff` does: two sides become one Outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from harness.contract.diff.compare import compare
from harness.contract.diff.findings import findings_of
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.sources import Side, read_side
from harness.contract.pact_sources import read_pacts
from harness.errors import BadInput
from harness.model import Check, Finding, Level, Verdict
from harness.report import Outcome


def compare_sides(
    old: str, new: str, *, pacts: Sequence[Path], relied_on: bool, today: date, grace_days: int, gate: Level
) -> Outcome:
    """Raises BadInput, BadDocument and EnvironmentFailed for what cannot be read."""
    if relied_on and not pacts:
        raise BadInput("--relied-on needs pacts to know what is relied on.", "Add --pacts FOLDER.")
    before, after = read_side(old), read_side(new)
    consumers = read_pacts(pacts) if pacts else ()
    calendar = Calendar(today=today, grace_days=grace_days)
    changes = compare(before, after, calendar, consumers, relied_on=relied_on)
    findings = findings_of(changes, (before.name, before.text), (after.name, after.text))
    return Outcome(
        command="diff",
        subject=f"{old} {new}",
        checks=(_check(findings, gate, before),),
        findings=findings,
        facts=tuple(_facts(findings, len(consumers))),
        gate=gate,
        place=after.name,
    )


def _check(findings: Sequence[Finding], gate: Level, old: Side) -> Check:
    """A document without an operation promises nothing, so nothing can have been broken: that proves nothing."""
    bad = [one for one in findings if one.gates(gate)]
    if bad:
        why = f"{len(bad)} change{'s' * (len(bad) != 1)} of level {gate} or worse, first: {bad[0].operation}: {bad[0].message}"
        return Check(name="breaking changes", verdict=Verdict.FAIL, why=why, value=len(bad), unit="count")
    if old.kind == "openapi" and not len(old.description.operations):
        why = f"{old.name} describes no operation"
        return Check(name="breaking changes", verdict=Verdict.UNKNOWN, why=why)
    why = (
        "nothing changed that anybody feels"
        if not findings
        else f"none of the {len(findings)} changes is of level {gate} or worse"
    )
    return Check(name="breaking changes", verdict=Verdict.PASS, why=why, value=0, unit="count")


def _facts(findings: Sequence[Finding], pacts: int) -> list[str]:
    counts = Counter(str(one.level) for one in findings)
    facts = [", ".join(f"{n} {level}{'s' if n > 1 else ''}" for level, n in counts.items())] if counts else []
    if pacts:
        broken = sorted({str(name) for one in findings if one.level is not Level.NOTE for name in _names(one)})
        facts.append(
            f"{pacts} pacts looked at; changes touch what {', '.join(broken)} rely on"
            if broken
            else f"{pacts} pacts looked at; no consumer relies on what changed"
        )
    return facts


def _names(one: Finding) -> Sequence[object]:
    names = one.first.get("consumers")
    return names if isinstance(names, list) else ()
