"""Pairs of runs become a comparison: what each metric, finding and recovery says, and what all say together. Reads no clock and no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import expm1

import numpy as np

from harness.compare import (
    FEWEST,
    Judged,
    Observed,
    Recovered,
    WarmUp,
    judge,
    name_of,
    replayed,
    samples_of,
    smallest_effect,
    typical,
)
from harness.experiment.seen import Found, Seen, count, findings, looked, observed, recoveries, under_faults
from harness.experiment.together import Under, arm_runs
from harness.experiment.weigh_recoveries import by_fault, is_judged, weighed
from harness.model import Judgement
from harness.results import (
    ArmRuns,
    FindingComparison,
    MetricComparison,
    Pair,
    Pool,
    Shown,
    Summary,
)

SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What is asked: which quantiles, of which operations (all where none is named), and the margin as a share."""

    margin: float = 0.05
    shares: tuple[float, ...] = SHARES
    operations: tuple[str, ...] = ()

    def wants(self, name: str) -> bool:
        """Whether an operation is judged."""
        return not self.operations or name in self.operations


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSeen:
    """What is kept of a pair; its windows are not. `order` is +1 where the base ran first, else -1."""

    pair: Pair
    order: int
    figures: tuple[Mapping[str, Observed], Mapping[str, Observed]] = ({}, {})
    summaries: tuple[Summary, Summary]
    recovered: tuple[Mapping[str, Recovered], Mapping[str, Recovered]] = ({}, {})
    under: tuple[Under, Under] = ({}, {})

    @property
    def counts(self) -> bool:
        """Whether it is no void."""
        return not self.pair.void


@dataclass(slots=True)
class Gathering:
    """All pairs so far, and the figures of each arm pooled."""

    weighing: Weighing
    pools: tuple[Pool, Pool]
    pairs: list[PairSeen] = field(default_factory=list)

    @property
    def counting(self) -> list[PairSeen]:
        """Those that are no void."""
        return [one for one in self.pairs if one.counts]

    @property
    def order(self) -> list[int]:
        """Of those that count."""
        return [one.order for one in self.counting]

    @property
    def left_out(self) -> set[str]:
        """Operations that some run had beside its `MOST_OPERATIONS` busiest."""
        return self.pools[0].left_out | self.pools[1].left_out

    def arm(self, number: int) -> ArmRuns:
        """What the runs of the base (0) or of the candidate (1) that count say as one."""
        counting = self.counting
        return arm_runs([one.summaries[number] for one in counting], [one.under[number] for one in counting])

    def add(self, base: Seen, candidate: Seen, order: int, why_void: str = "") -> PairSeen:
        """One more pair. Void where either run is spoilt, whichever it is; both lose the longer of the two warm-ups."""
        cuts = (base.warm_up, candidate.warm_up)
        void = why_void or _void(base, candidate, cuts)
        cut_s = float(max(one.values for one in cuts))
        number = len(self.pairs) + 1
        pair = Pair(
            number=number,
            order="AB" if order > 0 else "BA",
            base=base.name,
            candidate=candidate.name,
            void=void,
            warm_up_s=cut_s,
            seconds=round(base.summary.duration_s + candidate.summary.duration_s, 1),
        )
        figures: list[Mapping[str, Observed]] = []
        if not void:
            for seen, pool in zip((base, candidate), self.pools, strict=True):
                counted = count(seen, cut_s)
                pool.add(seen.series, counted)
                figures.append(observed(counted, self.weighing.shares, seen.record))
        found = PairSeen(
            pair=pair,
            order=order,
            figures=(figures[0], figures[1]) if figures else ({}, {}),
            summaries=(base.summary, candidate.summary),
            recovered=(recoveries(base), recoveries(candidate)),
            under=({}, {}) if void else (under_faults(base), under_faults(candidate)),
        )
        self.pairs.append(found)
        return found


def _void(base: Seen, candidate: Seen, cuts: tuple[WarmUp, WarmUp]) -> str:
    for seen in (base, candidate):
        if seen.spoilt:
            return f"{seen.name}: {seen.spoilt}"
    unsteady = [seen.name for seen, cut in zip((base, candidate), cuts, strict=True) if not cut.steady]
    return f"{unsteady[0]}: latency never became steady (MSER-5)" if unsteady else ""


def weigh(gathering: Gathering, alpha: float, rng: np.random.Generator) -> tuple[list[MetricComparison], list[Shown]]:
    """Every metric of every operation that is wanted, and the recoveries, worst first; and the smallest change each could have shown.

    Metrics are one family and recoveries another, for ranks and means have no statistic in common: where both are judged, each has half of `alpha`.
    """
    weighing, order = gathering.weighing, gathering.order
    figures = [one.figures for one in gathering.counting]
    left_out = gathering.left_out  # a run that was too full for one does not say that it was not asked for
    wanted = [
        one
        for one in samples_of(figures, weighing.shares, weighing.margin)
        if weighing.wants(one.operation) and one.operation not in left_out
    ]
    faults = by_fault([one.recovered for one in gathering.counting])
    families = 2 if wanted and any(is_judged(pairs) for pairs in faults.values()) else 1
    judged = judge(wanted, order, alpha, rng, families)
    found = [_metric(one, alpha, len(order)) for one in judged]
    found += weighed(faults, order, alpha, rng, families)
    smallest = [
        Shown(
            operation=one.sample.operation,
            metric=one.sample.metric,
            smallest=round(expm1(smallest_effect(one.spread, len(order), alpha)), 6),
            pairs=len(order),
        )
        for one in judged
        if one.gates and one.spread is not None and one.sample.how == "ratio" and len(order) >= FEWEST
    ]
    return sorted(found, key=_worst_first), smallest


def _worst_first(one: MetricComparison) -> tuple[int, bool, float]:
    order = (Judgement.REGRESSED, Judgement.INCONCLUSIVE, Judgement.IMPROVED, Judgement.EQUIVALENT)
    worse = float(one.effect or 0.0) * (1 if one.worse == "up" else -1)
    return order.index(one.judgement), not one.gates, -worse


def _metric(one: Judged, alpha: float, pairs: int) -> MetricComparison:
    """As people read it: relative changes, seconds as milliseconds."""
    sample = one.sample
    is_time = sample.metric.startswith("p")
    factor = 1000.0 if is_time else 1.0
    plain = sample.how == "difference"
    worse = 1 if sample.worse == "up" else -1
    effect, low, high = (
        None if v is None else v if plain else expm1(worse * v) for v in (one.effect, one.low, one.high)
    )
    if worse < 0:
        low, high = high, low
    base, candidate = typical(sample.base), typical(sample.candidate)
    each = sample.differences if plain else tuple(expm1(worse * v) for v in sample.log_ratios)
    return MetricComparison(
        operation=sample.operation,
        metric=sample.metric,
        unit="ms" if is_time else "/s" if sample.metric == "throughput" and not sample.of_due else "share",
        worse=sample.worse,
        base=None if base is None else base * factor,
        candidate=None if candidate is None else candidate * factor,
        effect=effect,
        low=low,
        high=high,
        effect_is=sample.how,
        confidence=round(1 - 2 * alpha, 4),
        margin=sample.margin,
        judgement=one.judgement,
        gates=one.gates,
        p=round(min(one.p_worse, one.p_better), 5) if one.gates and pairs >= FEWEST else None,
        look_here=one.look_here and one.judgement is Judgement.INCONCLUSIVE,
        pairs=pairs,
        more_pairs=one.more,
        why=one.why,
        each=tuple(round(value, 6) for value in each),
    )


def compared_findings(pairs: Sequence[PairSeen], alpha: float) -> tuple[FindingComparison, ...]:
    """Those that any run showed, the judged first."""
    shown = [tuple(findings(summary) for summary in one.summaries) for one in pairs]
    known: dict[str, Found] = {}
    for both in shown:
        for each in reversed(both):
            known |= each
    rows = []
    for identity, found in known.items():
        asked = [k for k, one in enumerate(pairs) if all(looked(summary, found.source) for summary in one.summaries)]
        rows.append((found, [identity in shown[k][0] for k in asked], [identity in shown[k][1] for k in asked]))
    flaky = sum(1 for _, a, b in rows if 0 < sum(a) + sum(b) < len(a) + len(b) and len(set(a)) + len(set(b)) > 2)
    told = [_finding(found, a, b, flaky, alpha) for found, a, b in rows]
    order = (Judgement.REGRESSED, Judgement.INCONCLUSIVE, Judgement.IMPROVED, Judgement.EQUIVALENT)
    levels = ("error", "warning", "note")
    told.sort(key=lambda one: (order.index(one.judgement), levels.index(one.level), one.operation))
    return tuple(told)


def _finding(found: Found, base: list[bool], candidate: list[bool], flaky: int, alpha: float) -> FindingComparison:
    said = replayed(base, candidate, flaky, alpha)
    return FindingComparison(
        identity=found.identity,
        level=found.level if found.level in ("error", "warning", "note") else "warning",  # type: ignore[arg-type]
        source=found.source,
        operation=found.operation,
        check=found.check,
        message=found.message,
        curl=found.curl,
        base_seen=sum(base),
        base_runs=len(base),
        candidate_seen=sum(candidate),
        candidate_runs=len(candidate),
        judgement=said.judgement,
        why=said.why,
    )


def told_by(one: MetricComparison) -> str:
    """A metric in a sentence."""
    what = f"{one.metric} of {one.operation}" if not one.subject else f"recovery from {one.subject}"
    if one.effect is None or one.low is None:
        return f"{what}: {one.why or 'no data'}"
    if one.effect_is == "difference":
        values = tuple(f"{float(v) * 100:+z.2f}" for v in (one.effect, one.low, one.high or 0.0))
        return f"{what}: {values[0]} percentage points [{values[1]}, {values[2]}]"
    high = "?" if one.high is None else f"{float(one.high) * 100:+z.1f} %"
    return f"{what}: {float(one.effect) * 100:+z.1f} % [{float(one.low) * 100:+z.1f} %, {high}]"


def quantile_names(shares: Iterable[float]) -> tuple[str, ...]:
    """As they are called in the document."""
    return tuple(name_of(share) for share in shares)
