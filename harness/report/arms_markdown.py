"""What the runs of both arms said, a line for each section of the page: for the comment under a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.model import Verdict
from harness.report.markdown import MARK, code, escaped, others, short
from harness.report.sections import Group, Sections, of_comparison
from harness.report.words import count, recovered
from harness.results import Comparison, ExpectationSummary, FaultSummary

MOST = 4
_NOT_SEEN = "not seen"


def arms_in_lines(found: Comparison) -> Iterator[str]:
    """Five lines at most, and an empty one where there is any."""
    told = of_comparison(found, 0, 0)
    lines = [*_expectations(told.expectations), *_faults(told.faults), *_audit(told), *_coverage(told), *_gaps(told)]
    yield from (f"- {line}" for line in lines)
    if lines:
        yield ""


def _expectations(groups: Sequence[Group[ExpectationSummary]]) -> Iterator[str]:
    """How many each arm keeps in all of its runs, and which the candidate does not."""
    if not groups:
        return
    base, candidate = ([_keeps(one.sides[arm].one) for one in groups] for arm in (0, 1))
    not_kept = [one for one, keeps in zip(groups, candidate, strict=True) if not keeps]
    which = ", ".join(code(one.any.text) for one in not_kept[:MOST])
    more = others(len(not_kept) - MOST, "expectations")
    told = f"; not by the candidate: {which}{more}" if not_kept else ""
    yield f"Expectations kept in every run: base {sum(base)} of {len(groups)}, candidate {sum(candidate)} of {len(groups)}{told}"


def _keeps(one: ExpectationSummary | None) -> bool:
    return one is not None and one.verdict is Verdict.PASS


def _faults(groups: Sequence[Group[FaultSummary]]) -> Iterator[str]:
    if groups:
        each = (f"{escaped(one.any.name)} {_both([_back(s.one) for s in one.sides])}" for one in groups[:MOST])
        yield f"Back to normal after (base → candidate): {'; '.join(each)}{others(len(groups) - MOST, 'faults')}"


def _back(one: FaultSummary | None) -> str:
    if one is None:
        return _NOT_SEEN
    if not one.in_force:
        return "not in force" if one.in_force is False else "nobody could tell"
    return recovered(one)


def _audit(told: Sections) -> Iterator[str]:
    if told.audit:
        each = (
            f"{escaped(one.any.check)} {_both([MARK[s.one.verdict] if s.one else _NOT_SEEN for s in one.sides])}"
            for one in told.audit[:MOST]
        )
        yield f"Audit (base → candidate): {'; '.join(each)}{others(len(told.audit) - MOST, 'audit')}"


def _coverage(told: Sections) -> Iterator[str]:
    if told.coverage:
        each = (
            f"{_both([count(s.one.seen) if s.one else _NOT_SEEN for s in one.sides])} of {count(one.any.total)} {escaped(one.any.kind)}"
            for one in told.coverage
        )
        yield f"Coverage (base → candidate): {'; '.join(each)}"


def _gaps(told: Sections) -> Iterator[str]:
    if told.not_tested:
        yield f"Not tested: {escaped(short(told.not_tested[0]))}{others(len(told.not_tested) - 1, 'not-tested')}"


def _both(words: Sequence[str]) -> str:
    """Once where both arms say the same."""
    return words[0] if len(set(words)) == 1 else " → ".join(words)
