"""Which seeded defects of the bundled service each detector finds: the harness is seen to fail for the right reason, and to be silent without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.model import Judgement, Verdict, worst
from harness.results import Comparison, Summary

__all__ = ["HEALTHY", "NEEDED", "Row", "overall", "self_test"]

HEALTHY = ""
COMPARE = "compare"
NEEDED: Mapping[str, tuple[str, ...]] = {
    HEALTHY: (),
    "double-charge": ("one-charge-per-key",),
    "lost-event": ("events-at-least-once",),
    "schema-drift": ("check", "oracle"),
    "slow-list": (COMPARE,),
    "slow-place": (COMPARE,),
}
"""By defect: the detectors that have to find it. Others may, too; without a defect none may."""

_SAID = {
    Judgement.REGRESSED: Verdict.FAIL,
    Judgement.IMPROVED: Verdict.PASS,
    Judgement.EQUIVALENT: Verdict.PASS,
    Judgement.INCONCLUSIVE: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One defect, or none (`HEALTHY`). `said` is each detector's own verdict: a `fail` there means that it found something. `place` is the run."""

    defect: str
    said: Mapping[str, Verdict] = field(default_factory=dict)
    place: str = ""

    @property
    def found_by(self) -> tuple[str, ...]:
        """The detectors that failed."""
        return tuple(name for name, verdict in self.said.items() if verdict is Verdict.FAIL)

    @property
    def verdict(self) -> Verdict:
        """`pass`: found by all that have to, or silent without a defect. `fail`: missed, or a false alarm."""
        needed = NEEDED[self.defect]
        if self.defect == HEALTHY:
            return worst(self.said.values())
        found = [self.said.get(name, Verdict.UNKNOWN) for name in needed]
        turned = {Verdict.FAIL: Verdict.PASS, Verdict.PASS: Verdict.FAIL, Verdict.UNKNOWN: Verdict.UNKNOWN}
        return worst(turned[one] for one in found)

    @property
    def why(self) -> str:
        """In a sentence."""
        needed = NEEDED[self.defect]
        if not self.said:
            return "no detector was asked"
        if self.defect == HEALTHY:
            spoken = [name for name, verdict in self.said.items() if verdict is not Verdict.PASS]
            return f"not silent: {', '.join(spoken)}" if spoken else "every detector is silent"
        missed = [name for name in needed if self.said.get(name) is not Verdict.FAIL]
        return f"not found by {', '.join(missed)}" if missed else f"found by {', '.join(self.found_by)}"


def self_test(
    defects: Sequence[str],
    *,
    run: Callable[[str], tuple[Summary, str]],
    compare: Callable[[str], tuple[Comparison, str]],
    tell: Callable[[Row], None] = lambda _: None,
) -> tuple[Row, ...]:
    """A row for each defect. `run` makes the demo with a defect on, `compare` holds the service with it against the healthy one;
    both tell where that lies. Raises what they raise."""
    rows = []
    for defect in defects:
        if NEEDED[defect] == (COMPARE,):
            found, place = compare(defect)
            row = Row(defect=defect, said={COMPARE: _SAID[found.judgement]}, place=place)
        else:
            summary, place = run(defect)
            row = Row(defect=defect, said=dict(_detectors(summary)), place=place)
        rows.append(row)
        tell(row)
    return tuple(rows)


def overall(rows: Sequence[Row]) -> Verdict:
    """The worst of all."""
    return worst(row.verdict for row in rows)


def _detectors(summary: Summary) -> Iterator[tuple[str, Verdict]]:
    contract = summary.contract
    if contract.fuzz is not None:
        yield "check", contract.fuzz.verdict
    if summary.pacts:
        yield "pact", worst(one.verdict for one in summary.pacts)
    if contract.oracle is not None:
        yield "oracle", contract.oracle.verdict
    for one in summary.audit:
        yield one.check, one.verdict
    if summary.expectations:
        yield "expect", worst(one.verdict for one in summary.expectations)
    if summary.validity:  # a run that cannot be trusted says nothing, whoever is silent in it
        yield "validity", worst(one.verdict for one in summary.validity)
