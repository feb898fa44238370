"""The contract's part of a Summary: generated requests, answers under load, pacts, coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.contract import GRAPHQL, Description, PactResult
from harness.contract.kinds_of_coverage import Documented, KindCoverage, coverage_by, rows_of_pacts
from harness.experiment.gathered import Gathered
from harness.experiment.told import Told
from harness.model import Finding, Level, Verdict, worst
from harness.results import ContractSummary, Coverage, FuzzSummary, OracleSummary, PactSummary


def contract_of(told: Told, findings: Sequence[Finding]) -> ContractSummary:
    """What was checked of the contract, in calm and under load."""
    description = told.opened.description if told.opened else None
    found = coverage_of(told)
    return ContractSummary(
        description=_place(description.source) if description else "",
        fuzz=_fuzz(told),
        oracle=_oracle(told, findings),
        coverage=tuple(coverage_part(one) for one in found),
    )


def _place(source: str) -> str:
    """A URL as it is; of a path only its end, for a report travels and must not tell where somebody works."""
    return source if "://" in source else "/".join(Path(source).parts[-2:])


def _fuzz(told: Told) -> FuzzSummary | None:
    plan, result = told.scenario.contract.fuzz, told.gathered.fuzz
    if plan is None:
        return None
    if result is None:
        cases = told.gathered.so_far.cases
        ended = f"the run ended after {cases:,} generated requests" if cases else "the run ended before it"
        why = told.gathered.fuzz_failed or ended
        return FuzzSummary(verdict=Verdict.UNKNOWN, why=why, seed=plan.seed, cases=cases)
    return FuzzSummary(
        verdict=result.check.verdict,
        why=result.check.why,
        cases=result.cases,
        operations=len(result.tested),
        seconds=round(result.seconds or plan.budget, 3),
        seed=plan.seed,
        phases=tuple(f"{phase.name}: {phase.status}" for phase in result.phases),
        stopped_by=result.stopped_by,
    )


def _oracle(told: Told, findings: Sequence[Finding]) -> OracleSummary | None:
    if not told.scenario.contract.oracle or told.scenario.load is None:
        return None
    unheld = _unheld(told.opened.description if told.opened else None)
    return oracle_part(told.gathered.oracle_rows, findings, unheld)


def oracle_part(
    rows: Sequence[Mapping[str, Any]], findings: Sequence[Finding], unheld: str = "nothing was held against it"
) -> OracleSummary:
    """What the oracle's rows come to; `unheld` says why there are none. An answer whose body was not judged is told, and not counted."""
    judged = judged_by_operation(rows)
    number, operations = sum(judged.values()), sum(n > 0 for n in judged.values())
    first = {kind: next((row for row in rows if row.get("kind") == kind), None) for kind in ("broken", "unjudged")}
    broken, unjudged, unread = first["broken"], first["unjudged"], _unread(rows)
    errors = [f for f in findings if f.source == "oracle" and f.level is Level.ERROR and not f.accepted]
    accepted = sum(f.source == "oracle" and bool(f.accepted) for f in findings)
    if errors:
        verdict, why = Verdict.FAIL, f"{len(errors)} errors, first: {errors[0].operation}: {errors[0].message}"
    elif unjudged:
        verdict, why = Verdict.UNKNOWN, f"answers of {unjudged['operation']} could not be judged: {unjudged['why']}"
    elif broken:
        verdict, why = Verdict.UNKNOWN, f"the oracle itself failed on {broken['n']} answers: {broken['message']}"
    elif not number:
        verdict, why = Verdict.UNKNOWN, unread or unheld
    else:
        verdict, why = Verdict.PASS, f"{number:,} answers of {operations} operations agree with the description"
        why += f", but for {accepted} findings that the baseline accepts" if accepted else ""
        why += f"; {unread}" if unread else ""
    return OracleSummary(verdict=verdict, why=why, judged=number, operations=operations)


def judged_by_operation(rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Of the oracle's rows: how many answers were held against the description, the whole of them."""
    found: Counter[str] = Counter()
    for row in rows:
        found[str(row.get("operation"))] += {"seen": 1, "unread": -1}.get(row["kind"], 0) * int(row.get("n", 0))
    return found


def _unread(rows: Iterable[Mapping[str, Any]]) -> str:
    found = [row for row in rows if row["kind"] == "unread"]
    if not found:
        return ""
    first, count = found[0], sum(int(row["n"]) for row in found)
    return (
        f"of {count:,} answers the body was not judged, such as {first['operation']} {first['status']}: {first['why']}"
    )


def _unheld(description: Description | None) -> str:
    if description is None:
        return "the target has no description to hold answers against"
    if description.kind == GRAPHQL:
        return "no answer to a query that the schema allows was seen at its address"
    return "no answer was held against the description"


def pacts_of(told: Told) -> tuple[PactSummary, ...]:
    """Every interaction; one that says why, where the pacts could not be verified."""
    if not told.scenario.contract.pact:
        return ()
    rows = [row for result in told.gathered.pacts for row in pact_rows(result)]
    if told.gathered.pact_failed or not rows:
        why = told.gathered.pact_failed or "the run ended before the pacts were verified"
        rows.append(
            PactSummary(consumer="-", provider="-", interaction="verification", verdict=Verdict.UNKNOWN, why=why)
        )
    return tuple(rows)


def pact_rows(result: PactResult) -> Iterator[PactSummary]:
    """What is pending or accepted cannot fail. The worst row is the verdict of `result.check`: where the interactions do not say it, as
    when a pact that holds contradicts the description, or nothing counts, a row of its own does."""
    counted = [one for one in result.interactions if not one.pending and not one.accepted]
    for one in counted:
        yield PactSummary(
            consumer=one.consumer,
            provider=one.provider,
            interaction=one.description,
            verdict=one.verdict,
            why="; ".join(one.mismatches),
        )
    found = result.check
    if result.interactions and (not counted or worst(one.verdict for one in counted) is not found.verdict):
        yield PactSummary(
            consumer="-", provider=result.provider, interaction="all", verdict=found.verdict, why=found.why
        )


def coverage_of(told: Told) -> tuple[KindCoverage, ...]:
    """What fuzzing, pacts and load exercised together; nothing without a description or without an answer."""
    description = told.opened.description if told.opened else None
    return coverage_so_far(told.gathered, description) if description else ()


def coverage_so_far(
    gathered: Gathered, description: Description, known: Documented | None = None
) -> tuple[KindCoverage, ...]:
    """The same of a run that goes on; `known` as `coverage_by` takes it."""
    rows = {who: found for who, found in _rows(gathered, description) if found}
    return coverage_by(description, rows, known) if rows else ()


def _rows(gathered: Gathered, description: Description) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "load", [row for row in gathered.oracle_rows if row.get("kind") in ("seen", "exercised")]
    # A check that goes on, or did not come to its end: what it met until then was met.
    yield "fuzz", gathered.fuzz.rows if gathered.fuzz else gathered.so_far.rows
    pacts = [
        (pact, [one.verdict is Verdict.PASS for one in result.of(number)])
        for result in gathered.pacts
        for number, pact in enumerate(result.pacts)
    ]
    yield "pact", rows_of_pacts(description, pacts)


def shares_of(found: tuple[KindCoverage, ...]) -> dict[str, float]:
    """By kind, for expectations."""
    return {one.kind: one.share for one in found}


def coverage_part(found: KindCoverage) -> Coverage:
    """As a summary tells it."""
    who = sorted({name for by in found.seen.values() for name in by})
    return Coverage(
        kind=found.kind,
        seen=len(found.seen),
        total=len(found.documented),
        missing=found.missing,
        by={name: found.count_by(name) for name in who},
    )
