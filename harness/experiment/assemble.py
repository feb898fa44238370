"""What was gathered of pairs of runs becomes the document `Comparison`: verdict, reasons, figures. Reads no clock and no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.compare import FEWEST
from harness.experiment.weigh import Gathering, compared_findings, told_by, weigh
from harness.model import Check, Judgement, Verdict, summed_up
from harness.results import (
    ALL,
    Arm,
    ArmRuns,
    Comparison,
    ErrorComparison,
    FindingComparison,
    MetricComparison,
    OperationComparison,
    Rules,
    Status,
    Summary,
    validity_of,
)
from harness.results.pooled import MOST_OPERATIONS

MOST_ERRORS = 100
MOST_FINDINGS = 200
MOST_REASONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands in the document whatever the pairs say. `doubts` are reasons for which nothing may be judged."""

    name: str
    scenario: str
    about: str
    mode: str
    base: Arm
    candidate: Arm
    rules: Rules
    started: str
    environment: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def assemble(
    frame: Frame,
    gathering: Gathering,
    *,
    alpha: float,
    rng: np.random.Generator,
    status: Status,
    duration_s: float = 0.0,
    ended_because: str = "",
) -> Comparison:
    """The whole document. With fewer than five pairs, a doubt, or a comparison that was cut, nothing passes."""
    metrics, smallest = weigh(gathering, alpha, rng)
    found = compared_findings(gathering.counting, alpha)
    doubts = [*frame.doubts, *_too_few(gathering)]
    if doubts:
        metrics = [_withdrawn(one, doubts[0]) for one in metrics]
    judgement = _all_together(metrics, found, doubts, cut=status in (Status.INTERRUPTED, Status.INCOMPLETE))
    counting = gathering.counting
    arms = gathering.arm(0), gathering.arm(1)
    plan = counting[0].summaries[0] if counting else gathering.pairs[0].summaries[0] if gathering.pairs else None
    return Comparison(
        name=frame.name,
        scenario=frame.scenario,
        about=frame.about,
        mode="saved" if frame.mode == "saved" else "interleaved",
        status=status,
        verdict=judgement.verdict,
        judgement=judgement,
        title=_title(frame, judgement, metrics, found),
        why=_why(judgement, metrics, found, doubts, ended_because),
        base=frame.base.model_copy(update={"runs": arms[0]}),
        candidate=frame.candidate.model_copy(update={"runs": arms[1]}),
        rules=frame.rules,
        started=frame.started,
        duration_s=round(duration_s, 1),
        pairs=tuple(one.pair for one in gathering.pairs),
        overall=_operation(gathering, ALL, "", metrics),
        operations=tuple(_operations(gathering, plan, metrics)),
        metrics=tuple(metrics),
        findings=found[:MOST_FINDINGS],
        more_findings=max(0, len(found) - MOST_FINDINGS),
        errors=_errors(gathering),
        faults=plan.faults if plan else (),
        stages=plan.stages if plan else (),
        validity=tuple(validity_of(check) for check in _validity(gathering, doubts)),
        smallest=tuple(smallest),
        not_tested=tuple(_not_tested(metrics, gathering, arms)),
        environment=dict(frame.environment),
    )


def gating(found: FindingComparison) -> bool:
    """Errors count: those that are judged, and those that only the candidate ever showed."""
    new = found.judgement is Judgement.INCONCLUSIVE and found.candidate_seen > 0 and found.base_seen == 0
    return found.level == "error" and (found.judgement is not Judgement.INCONCLUSIVE or new)


def _all_together(
    metrics: Iterable[MetricComparison], found: Iterable[FindingComparison], doubts: Sequence[str], *, cut: bool
) -> Judgement:
    """Without one metric that could be judged nothing is said. A comparison that was cut had no look that was due, so it says nothing either."""
    gates = [one.judgement for one in metrics if one.gates]
    if doubts or cut or not gates:
        return Judgement.INCONCLUSIVE
    return summed_up([*gates, *(one.judgement for one in found if gating(one))])


def _too_few(gathering: Gathering) -> list[str]:
    counting, order = gathering.counting, gathering.order
    if len(counting) < FEWEST:
        voids = [one.pair.void for one in gathering.pairs if not one.counts]
        void = f" ({len(voids)} more {'is' if len(voids) == 1 else 'are'} void: {voids[0]})" if voids else ""
        count = "1 pair of runs counts" if len(counting) == 1 else f"{len(counting)} pairs of runs count"
        return [f"{count}{void}, and {FEWEST} are the fewest that can decide"]
    if len(set(order)) == 1:
        first = "base" if order[0] > 0 else "candidate"
        return [f"the {first} ran first in every pair: a machine that drifts would look like a change"]
    return []


def _withdrawn(one: MetricComparison, doubt: str) -> MetricComparison:
    return one.model_copy(
        update={"judgement": Judgement.INCONCLUSIVE, "why": one.why or doubt, "look_here": False, "more_pairs": None}
    )


def _title(
    frame: Frame, judgement: Judgement, metrics: Sequence[MetricComparison], found: Sequence[FindingComparison]
) -> str:
    base, candidate = frame.base.spelling, frame.candidate.spelling
    worst = next((told_by(one) for one in metrics if one.judgement is judgement and one.gates), "")
    broken = next((one for one in found if one.judgement is judgement and gating(one)), None)
    because = f": {worst}" if worst else f": {broken.check or broken.source} of {broken.operation}" if broken else ""
    match judgement:
        case Judgement.REGRESSED:
            return f"{candidate} is worse than {base}{because}"
        case Judgement.IMPROVED:
            return f"{candidate} is better than {base}{because}"
        case Judgement.EQUIVALENT:
            return f"{candidate} is as good as {base}, within {frame.rules.margin * 100:g} %"
        case _:
            return f"Whether {candidate} is worse than {base} could not be told"


def _why(
    judgement: Judgement,
    metrics: Sequence[MetricComparison],
    found: Sequence[FindingComparison],
    doubts: Sequence[str],
    ended_because: str,
) -> tuple[str, ...]:
    reasons = [f"{one[:1].upper()}{one[1:]}" for one in (*doubts, ended_because) if one]
    if not doubts:
        reasons += [
            f"{one.check or one.source} of {one.operation}: {one.why}"
            for one in found
            if one.judgement is judgement and gating(one)
        ]
        reasons += [
            told_by(one) + (f"; about {one.more_pairs} pairs more would decide" if one.more_pairs else "")
            for one in metrics
            if one.judgement is judgement and one.gates
        ]
        if not any(one.gates for one in metrics):
            reasons.append("No metric has enough requests in every run to be judged")
    if len(reasons) > MOST_REASONS:
        reasons = [*reasons[:MOST_REASONS], f"and {len(reasons) - MOST_REASONS} more"]
    return tuple(reasons)


def _operation(
    gathering: Gathering, name: str, route: str, metrics: Sequence[MetricComparison]
) -> OperationComparison | None:
    base, candidate = (pool.figures(name) for pool in gathering.pools)
    if base is None and candidate is None:
        return None
    mine = [one.judgement for one in metrics if one.operation == name and one.gates]
    return OperationComparison(name=name, route=route, judgement=summed_up(mine), base=base, candidate=candidate)


def _operations(
    gathering: Gathering, plan: Summary | None, metrics: Sequence[MetricComparison]
) -> Iterable[OperationComparison]:
    routes = {one.name: one.route for one in plan.operations} if plan else {}
    for name in sorted({name for pool in gathering.pools for name in pool.tallies if name != ALL}):
        if (row := _operation(gathering, name, routes.get(name, ""), metrics)) is not None:
            yield row


def _errors(gathering: Gathering) -> tuple[ErrorComparison, ...]:
    """Groups of equal errors of the runs that count, most first; where runs kept no texts, how their requests ended."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in gathering.counting:
        for arm, summary in enumerate(one.summaries):
            for group in summary.errors:
                sums.setdefault((group.operation, group.outcome, group.text), [0, 0])[arm] += group.count
    if not sums:
        for arm, pool in enumerate(gathering.pools):
            for name, tally in pool.tallies.items():
                for outcome, n in tally.outcomes.items():
                    if name != ALL and outcome != "ok":
                        sums.setdefault((name, outcome, ""), [0, 0])[arm] += n
    rows = [
        ErrorComparison(operation=operation, outcome=outcome, text=text, base=n[0], candidate=n[1])
        for (operation, outcome, text), n in sorted(sums.items(), key=lambda item: (-sum(item[1]), item[0]))
    ]
    if len(rows) <= MOST_ERRORS:
        return tuple(rows)
    rest = rows[MOST_ERRORS:]
    others = ErrorComparison(
        operation=ALL,
        outcome="",
        text=f"{len(rest):,} other kinds",
        base=sum(one.base for one in rest),
        candidate=sum(one.candidate for one in rest),
    )
    return (*rows[:MOST_ERRORS], others)


def _validity(gathering: Gathering, doubts: Sequence[str]) -> Iterable[Check]:
    counting = gathering.counting
    yield Check(
        name="pairs",
        verdict=Verdict.PASS if len(counting) >= FEWEST else Verdict.UNKNOWN,
        why=f"{len(counting)} of {len(gathering.pairs)} pairs count",
        value=len(counting),
        limit=FEWEST,
        unit="count",
    )
    firsts = sum(1 for order in gathering.order if order > 0)
    yield Check(
        name="order of the arms",
        verdict=Verdict.PASS if 0 < firsts < max(1, len(counting)) else Verdict.UNKNOWN,
        why=f"the base ran first in {firsts} of {len(counting)} pairs",
    )
    for doubt in doubts:
        yield Check(name="comparable", verdict=Verdict.UNKNOWN, why=doubt)


def _not_tested(
    metrics: Sequence[MetricComparison], gathering: Gathering, arms: tuple[ArmRuns, ArmRuns]
) -> Iterable[str]:
    """What the comparison could not judge, then what its runs left out."""
    for one in metrics:
        if not one.gates:
            what = f"{one.metric} of {one.operation}" if not one.subject else f"recovery from {one.subject}"
            yield f"{what}: {one.why}."
    if left := gathering.left_out:
        yield f"{len(left):,} operations: beside the {MOST_OPERATIONS} busiest of each run, which are compared, the others count in {ALL} only."
    if gathering.weighing.operations:
        yield f"Operations other than {', '.join(gathering.weighing.operations)}: they were not asked for."
    base, candidate = (arm.not_tested for arm in arms)
    for gap in dict.fromkeys((*base, *candidate)):
        where = "" if gap in base and gap in candidate else f" (in the {'base' if gap in base else 'candidate'} only)"
        yield f"{gap}{where}"
