"""The sections that the page of a run and that of a comparison share: a row per thing, and below it one for each arm where there are arms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.report.rows import MatrixCell, MatrixRow
from harness.results import (
    ArmRuns,
    AuditSummary,
    Comparison,
    ContractSummary,
    Coverage,
    ExpectationSummary,
    FaultSummary,
    FuzzSummary,
    OracleSummary,
    PactSummary,
    Summary,
    ValiditySummary,
)

Told = Summary | ArmRuns
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Side(Generic[T]):
    """What one arm says; the only one of a run has no name. `one` is None where this arm does not know what the other knows."""

    arm: str
    one: T | None


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """One thing, of which every side says something. `any` is what the first side that knows it says."""

    sides: tuple[Side[T], ...]

    @property
    def any(self) -> T:
        """For what is alike on all sides: the text of an expectation, the edge of a fault."""
        return next(side.one for side in self.sides if side.one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """`arms` are empty for a run. `missing` says why a comparison has nothing to show here; empty where it could have."""

    arms: tuple[str, ...] = ()
    file: str = "summary.json"
    missing: str = ""
    expectations: tuple[Group[ExpectationSummary], ...] = ()
    faults: tuple[Group[FaultSummary], ...] = ()
    audit: tuple[Group[AuditSummary], ...] = ()
    description: str = ""
    fuzz: Group[FuzzSummary] | None = None
    oracle: Group[OracleSummary] | None = None
    coverage: tuple[Group[Coverage], ...] = ()
    pacts: tuple[Group[PactSummary], ...] = ()
    validity: tuple[Group[ValiditySummary], ...] = ()
    not_tested: tuple[str, ...] = ()
    matrix: tuple[MatrixRow, ...] = ()
    columns: Sequence[FaultSummary] = ()


def of_run(summary: Summary, matrix: tuple[MatrixRow, ...], columns: Sequence[FaultSummary]) -> Sections:
    """One side."""
    return _sections([("", summary)], summary.not_tested, matrix, columns)


def of_comparison(found: Comparison, most_operations: int, most_faults: int) -> Sections:
    """Both arms, where they were kept and a pair counts."""
    base, candidate = found.base.runs, found.candidate.runs
    if base is None or candidate is None:
        missing = "This comparison is of a version of harness that did not keep what the runs of each arm said of it"
        return Sections(arms=_ARMS, file=_FILE, missing=missing, not_tested=found.not_tested)
    arms = [("base", base), ("candidate", candidate)]
    columns = [one for one in found.faults if one.from_s is not None and one.to_s is not None][:most_faults]
    made = _sections(arms, found.not_tested, _matrix(arms, columns, most_operations), columns)
    return made if base.runs else Sections(arms=_ARMS, file=_FILE, missing=_NONE_COUNTS, not_tested=found.not_tested)


_ARMS, _FILE = ("base", "candidate"), "comparison.json"
_NONE_COUNTS = "No pair of runs counts"


def _sections(
    told: Sequence[tuple[str, Told]],
    not_tested: tuple[str, ...],
    matrix: tuple[MatrixRow, ...],
    columns: Sequence[FaultSummary],
) -> Sections:
    contracts = [(arm, one.contract) for arm, one in told]
    both = len(told) > 1
    return Sections(
        arms=_ARMS if both else (),
        file=_FILE if both else "summary.json",
        expectations=_groups([(arm, one.expectations) for arm, one in told], lambda one: one.text),
        faults=_groups([(arm, one.faults) for arm, one in told], lambda one: one.name),
        audit=_groups([(arm, one.audit) for arm, one in told], lambda one: one.check),
        description=next((one.description for _, one in contracts if one.description), ""),
        fuzz=_group([Side(arm, one.fuzz) for arm, one in contracts]),
        oracle=_group([Side(arm, one.oracle) for arm, one in contracts]),
        coverage=_coverage(contracts),
        pacts=_groups([(arm, one.pacts) for arm, one in told], _interaction),
        validity=_groups([(arm, one.validity) for arm, one in told], lambda one: one.check),
        not_tested=not_tested,
        matrix=matrix,
        columns=columns,
    )


def _coverage(contracts: Sequence[tuple[str, ContractSummary]]) -> tuple[Group[Coverage], ...]:
    return _groups([(arm, one.coverage) for arm, one in contracts], lambda one: one.kind)


def _interaction(one: PactSummary) -> str:
    return f"{one.consumer}\n{one.provider}\n{one.interaction}"


def _group(sides: Sequence[Side[T]]) -> Group[T] | None:
    return Group(tuple(sides)) if any(side.one is not None for side in sides) else None


def _groups(told: Sequence[tuple[str, Iterable[T]]], name: Callable[[T], str]) -> tuple[Group[T], ...]:
    """In the order in which they first came. Of things called alike on one side, each stays a thing of its own."""
    found: dict[tuple[str, int], list[Side[T]]] = {}
    for place, (arm, things) in enumerate(told):
        seen: dict[str, int] = {}
        for one in things:
            number = seen[name(one)] = seen.get(name(one), -1) + 1
            sides = found.setdefault((name(one), number), [Side(other, None) for other, _ in told])
            sides[place] = Side(arm, one)
    return tuple(Group(tuple(sides)) for sides in found.values())


def _matrix(arms: Sequence[tuple[str, ArmRuns]], columns: Sequence[FaultSummary], most: int) -> tuple[MatrixRow, ...]:
    """The busiest operations under faults, by name."""
    cells = {
        (arm, one.operation, one.fault): MatrixCell(one.figures, one.slower, one.effect)
        for arm, runs in arms
        for one in runs.under_faults
    }
    busy: dict[str, int] = {}
    for (_, operation, _), cell in cells.items():
        busy[operation] = busy.get(operation, 0) + cell.figures.requests
    names = sorted(sorted(busy, key=lambda name: -busy[name])[:most])
    return tuple(
        MatrixRow(name, tuple((arm, tuple(cells.get((arm, name, f.name)) for f in columns)) for arm, _ in arms))
        for name in names
        if columns
    )
