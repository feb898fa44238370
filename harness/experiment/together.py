"""What the runs of one arm say of the service, told as one run: the reader of a comparison sees both arms as the page of a run shows one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from statistics import median_high
from typing import TypeVar

from harness.experiment import arm_moments
from harness.model import Verdict, worst
from harness.results import (
    ArmRuns,
    AuditSummary,
    ContractSummary,
    Coverage,
    ExpectationSummary,
    FaultOperation,
    FaultSummary,
    Figures,
    FuzzSummary,
    OracleSummary,
    PactSummary,
    Quantiles,
    Summary,
    UnderFault,
    ValiditySummary,
)

MOST_CASES = 3
"""Of a promise that was broken; of one run, for the others are replays of it."""
_KEPT = {Verdict.PASS: "kept", Verdict.FAIL: "broken", Verdict.UNKNOWN: "not known"}
_WORDS = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.UNKNOWN: "not known"}
_BAD = (Verdict.FAIL, Verdict.UNKNOWN)
Under = Mapping[tuple[str, str], Figures]
"""What an operation did under a fault in one run, by operation and fault."""
Asked = TypeVar("Asked", FuzzSummary, OracleSummary)
One = TypeVar("One", ExpectationSummary, AuditSummary, PactSummary, ValiditySummary, FaultSummary)


def arm_runs(summaries: Sequence[Summary], under: Sequence[Under]) -> ArmRuns:
    """All together. `under` is that of each run, in the same order."""
    return ArmRuns(
        runs=len(summaries),
        expectations=tuple(
            _expectation(some) for some in _grouped(summaries, lambda s: s.expectations, lambda e: e.text)
        ),
        faults=tuple(_fault(some) for some in _grouped(summaries, lambda s: s.faults, lambda f: f.name)),
        under_faults=tuple(_under_faults(summaries, under)),
        audit=tuple(_promise(some) for some in _grouped(summaries, lambda s: s.audit, lambda a: a.check)),
        contract=_contract([one.contract for one in summaries]),
        pacts=tuple(_pact(some) for some in _grouped(summaries, lambda s: s.pacts, _interaction)),
        validity=tuple(_validity(some) for some in _grouped(summaries, lambda s: s.validity, lambda v: v.check)),
        first_seen=arm_moments.first_seen(summaries),
        marks=arm_moments.marks(summaries),
        probes=arm_moments.probes(summaries),
        not_tested=tuple(dict.fromkeys(gap for one in summaries for gap in one.not_tested)),
    )


def _grouped(
    summaries: Iterable[Summary], parts: Callable[[Summary], Iterable[One]], name: Callable[[One], str]
) -> list[list[tuple[str, One]]]:
    """Equal parts of all runs, each with the run's name, in the order in which they first came."""
    found: dict[str, list[tuple[str, One]]] = {}
    for one in summaries:
        for part in parts(one):
            found.setdefault(name(part), []).append((one.run, part))
    return list(found.values())


def told(verdicts: Sequence[Verdict], words: Mapping[Verdict, str]) -> str:
    """`kept in all 6 runs`, `kept in 4 of 6 runs, broken in 2`."""
    counts = {verdict: verdicts.count(verdict) for verdict in words}
    seen = [(words[verdict], n) for verdict, n in counts.items() if n]
    if len(seen) == 1:
        return f"{seen[0][0]} in {'all ' if len(verdicts) > 1 else ''}{_runs(len(verdicts))}"
    first, *rest = seen
    others = ", ".join(f"{word} in {n}" for word, n in rest)
    return f"{first[0]} in {first[1]} of {_runs(len(verdicts))}, {others}"


def _runs(n: int) -> str:
    return f"{n} run{'s' * (n != 1)}"


def _worst_of(some: Sequence[tuple[str, One]], verdict: Verdict) -> tuple[str, One]:
    return next(one for one in some if getattr(one[1], "verdict", verdict) is verdict)


def _expectation(some: Sequence[tuple[str, ExpectationSummary]]) -> ExpectationSummary:
    verdict = worst(one.verdict for _, one in some)
    first = _worst_of(some, verdict)[1]
    values = [float(one.value) for _, one in some if one.value is not None]
    farthest = max if first.cmp in ("<", "<=") else min
    reason = first.why if verdict in _BAD and first.why else ""
    return first.model_copy(
        update={
            "verdict": verdict,
            "value": farthest(values) if values else None,
            "why": _with(told([one.verdict for _, one in some], _KEPT), reason),
        }
    )


def _promise(some: Sequence[tuple[str, AuditSummary]]) -> AuditSummary:
    verdict = worst(one.verdict for _, one in some)
    run, first = _worst_of(some, verdict)
    held = told([one.verdict for _, one in some], _KEPT)
    return first.model_copy(
        update={
            "verdict": verdict,
            "why": _with(held, f"{run}: {first.why}" if verdict in _BAD else first.why),
            "checked": sum(one.checked for _, one in some),
            "evidence": {},
            "cases": first.cases[:MOST_CASES] if verdict is Verdict.FAIL else (),
        }
    )


def _pact(some: Sequence[tuple[str, PactSummary]]) -> PactSummary:
    verdict = worst(one.verdict for _, one in some)
    first = _worst_of(some, verdict)[1]
    why = _with(told([one.verdict for _, one in some], _KEPT), first.why if verdict in _BAD else "")
    return first.model_copy(update={"verdict": verdict, "why": why})


def _validity(some: Sequence[tuple[str, ValiditySummary]]) -> ValiditySummary:
    """Of runs that count: what is not passed here spoilt none of them."""
    verdict = worst(one.verdict for _, one in some)
    as_bad = [one for one in some if one[1].verdict is verdict]
    run, first = max(as_bad, key=lambda one: -inf if one[1].value is None else float(one[1].value))
    why = _with(told([one.verdict for _, one in some], _WORDS), f"{run}: {first.why}" if verdict in _BAD else "")
    return first.model_copy(update={"why": why})


def _with(held: str, reason: str) -> str:
    return f"{held}; {reason}" if reason else held


def _interaction(one: PactSummary) -> str:
    return f"{one.consumer}\n{one.provider}\n{one.interaction}"


def _fault(some: Sequence[tuple[str, FaultSummary]]) -> FaultSummary:
    each = [one for _, one in some]
    recovery, censored = _recovery([(one.recovery_s, one.recovery_censored) for one in each])
    in_force = [one.in_force for one in each]
    return each[0].model_copy(
        update={
            "asked_s": _median(one.asked_s for one in each),
            "from_s": _median(one.from_s for one in each),
            "to_s": _median(one.to_s for one in each),
            "in_force": False if False in in_force else None if None in in_force else True,
            "evidence": _seen(each),
            "healed": all(one.healed for one in each),
            "detection_s": _median(one.detection_s for one in each),
            "recovery_s": recovery,
            "recovery_censored": censored,
            "operations": _of_operations(each),
            "windows": (),
        }
    )


def _seen(each: Sequence[FaultSummary]) -> str:
    """In how many runs it was what."""
    n = _runs(len(each))
    parts = [f"in force in {sum(one.in_force is True for one in each)} of {n}"]
    if unseen := sum(one.detection_s is None and one.recovery_s is not None for one in each):
        parts.append(f"never left steady in {unseen}")
    if sick := sum(not one.healed for one in each):
        parts.append(f"not healed in {sick}")
    if late := sum(one.recovery_censored for one in each):
        parts.append(f"not back before the end in {late}")
    return ", ".join(parts)


def _of_operations(each: Sequence[FaultSummary]) -> tuple[FaultOperation, ...]:
    by_name: dict[str, list[FaultOperation]] = {}
    for one in each:
        for operation in one.operations:
            by_name.setdefault(operation.name, []).append(operation)
    return tuple(_effect(some) for some in by_name.values())


def _effect(some: Sequence[FaultOperation]) -> FaultOperation:
    recovery, censored = _recovery([(one.recovery_s, one.recovery_censored) for one in some])
    return some[0].model_copy(
        update={
            "detection_s": _median(one.detection_s for one in some),
            "recovery_s": recovery,
            "recovery_censored": censored,
            "steady_p95_ms": _median(one.steady_p95_ms for one in some),
        }
    )


def _recovery(each: Sequence[tuple[float | None, bool]]) -> tuple[float | None, bool]:
    """The median, where one that was not over counts as longer than all others; then it is known only that it lasted so long."""
    known = sorted((censored, value) for value, censored in each if value is not None)
    if not known:
        return None, any(censored for _, censored in each)
    censored, value = known[len(known) // 2]
    return value, censored


def _median(values: Iterable[float | None]) -> float | None:
    """One that was measured: the higher of two in the middle."""
    known = [value for value in values if value is not None]
    return median_high(known) if known else None


def _under_faults(summaries: Sequence[Summary], under: Sequence[Under]) -> Iterable[UnderFault]:
    effects = {
        (one.name, fault.name): one
        for fault in (_fault(some) for some in _grouped(summaries, lambda s: s.faults, lambda f: f.name))
        for one in fault.operations
    }
    calm = [{one.name: one.calm for one in summary.operations} for summary in summaries]
    for key in dict.fromkeys(key for one in under for key in one):
        here = [(one[key], of.get(key[0])) for one, of in zip(under, calm, strict=True) if key in one]
        slower = [_times(figures, base) for figures, base in here]
        yield UnderFault(
            operation=key[0],
            fault=key[1],
            figures=Figures(
                seconds=round(sum(figures.seconds for figures, _ in here), 3),
                requests=sum(figures.requests for figures, _ in here),
                rate=_median(figures.rate for figures, _ in here) or 0.0,
                errors=sum(figures.errors for figures, _ in here),
                latency_ms=Quantiles(p99=_median(figures.latency_ms.p99 for figures, _ in here)),
            ),
            slower=_median(slower),
            effect=effects.get(key),
        )


def _times(hurt: Figures, calm: Figures | None) -> float | None:
    p99 = calm.latency_ms.p99 if calm else None
    return hurt.latency_ms.p99 / p99 if p99 and p99 != inf and hurt.latency_ms.p99 is not None else None


def _contract(each: Sequence[ContractSummary]) -> ContractSummary:
    """Generated requests are sent in the first pairs only, so each part tells of how many runs it is."""
    return ContractSummary(
        description=next((one.description for one in each if one.description), ""),
        fuzz=_fuzz([one.fuzz for one in each if one.fuzz]),
        oracle=_oracle([one.oracle for one in each if one.oracle]),
        coverage=tuple(_coverage([one.coverage for one in each])),
    )


def _asked_of_all(each: Sequence[Asked]) -> tuple[Verdict, str, Asked]:
    """The worst of them, how many ended how, and the first that ended so."""
    verdict = worst(one.verdict for one in each)
    first = next(one for one in each if one.verdict is verdict)
    return verdict, _with(told([one.verdict for one in each], _WORDS), first.why if verdict in _BAD else ""), first


def _fuzz(each: Sequence[FuzzSummary]) -> FuzzSummary | None:
    if not each:
        return None
    verdict, why, first = _asked_of_all(each)
    return FuzzSummary(
        verdict=verdict,
        why=why,
        cases=sum(one.cases for one in each),
        operations=max(one.operations for one in each),
        seconds=round(sum(one.seconds for one in each), 1),
        phases=first.phases,
        stopped_by=first.stopped_by,
    )


def _oracle(each: Sequence[OracleSummary]) -> OracleSummary | None:
    if not each:
        return None
    verdict, why, _ = _asked_of_all(each)
    return OracleSummary(
        verdict=verdict,
        why=why,
        judged=sum(one.judged for one in each),
        operations=max(one.operations for one in each),
    )


def _coverage(each: Sequence[tuple[Coverage, ...]]) -> Iterable[Coverage]:
    """What any run saw: only what none of them saw is missing. Of runs with descriptions of different sizes, the last's alone."""
    by_kind: dict[str, list[Coverage]] = {}
    for some in each:
        for one in some:
            by_kind.setdefault(one.kind, []).append(one)
    for kind, many in by_kind.items():
        same = [one for one in many if one.total == many[-1].total]
        missing = [name for name in same[0].missing if all(name in one.missing for one in same)]
        yield Coverage(kind=kind, seen=same[0].total - len(missing), total=same[0].total, missing=tuple(missing))
