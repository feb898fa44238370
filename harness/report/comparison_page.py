"""What the page of a comparison shows, worked out from `comparison.json` and nothing else; the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from markupsafe import Markup

from harness.model import Judgement
from harness.report.arms import Curve, by_nines, nines_table
from harness.report.arms_timeline import arms_timeline, marks_of, probe_names, saw_findings
from harness.report.effects import dots, drawable, forest
from harness.report.rows import MOST_FAULTS, MOST_OPERATIONS
from harness.report.scene import ARMS_NARROW, ARMS_WIDE, NARROW, WIDE, letter
from harness.report.sections import Sections, of_comparison
from harness.report.sparkline import sparkline
from harness.report.timeline import Picture
from harness.report.words import count, effect, is_answered, millis, never_answered, share
from harness.results import CURVE_SHARES, ArmFigures, Comparison, MetricComparison, OperationComparison, RunMark

_SPARK_POINTS = 60
MOST = {
    "metrics": 120,
    "operations": 60,
    "findings": 60,
    "errors": 50,
    "pairs": 100,
    "reasons": 8,
    "validity": 100,
    "expectations": 60,
    "faults": 24,
    "cases": 3,
    "pacts": 60,
    "matrix": 40,
    "marks": 40,
    "legend": 26,
    "steps": 40,
    "smallest": 40,
    "curl": 4000,
    "text": 2000,
}
"""What a page shows of each; it says how many more there are, and where. `curl`: characters of a reproduction."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One number of one operation, and each pair's effect as a dot."""

    metric: MetricComparison
    dots: Markup


@dataclass(frozen=True, slots=True)
class ArmsRow:
    """One operation: its gating number that changed most, and both arms over time."""

    operation: OperationComparison
    worst: MetricComparison | None
    spark: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPage:
    """Everything the template needs."""

    found: Comparison
    told: Sections
    facts: tuple[str, ...]
    counted: int
    effects: Picture
    metrics: tuple[MetricRow, ...]
    operations: tuple[ArmsRow, ...]
    timeline: tuple[Picture, ...]
    marks: tuple[tuple[str, RunMark], ...]
    saw_findings: bool
    probes: tuple[str, ...]
    nines: Picture
    curves: tuple[Curve, ...]
    shares: tuple[tuple[str, tuple[float | None, ...]], ...]
    letters: Mapping[str, str]
    most: Mapping[str, int]
    problems: tuple[str, ...] = ()

    def shorter(self, by: int) -> ComparisonPage:
        """With 1/`by` of each list, a few rows at least."""
        most = {name: max(4, number // by) for name, number in MOST.items()}
        return replace(
            self, most=most, metrics=self.metrics[: most["metrics"]], operations=self.operations[: most["operations"]]
        )


def comparison_page(found: Comparison) -> ComparisonPage:
    """Draw what there is; what is missing says why."""
    curves = _curves(found.overall)
    return ComparisonPage(
        found=found,
        told=of_comparison(found, MOST_OPERATIONS, MOST_FAULTS),
        facts=tuple(facts(found)),
        counted=sum(not pair.void for pair in found.pairs),
        effects=_effects(found.metrics),
        metrics=tuple(MetricRow(one, dots(one)) for one in judged_first(found.metrics)[: MOST["metrics"]]),
        operations=_operations(found),
        timeline=arms_timeline(found),
        marks=tuple(marks_of(found)),
        saw_findings=saw_findings(found),
        probes=tuple(probe_names(found)),
        nines=_nines(curves),
        curves=curves,
        shares=nines_table(curves),
        letters={fault.name: letter(index) for index, fault in enumerate(found.faults)},
        most=MOST,
    )


def facts(found: Comparison) -> list[str]:
    """What somebody reads who reads nothing else."""
    told = []
    both = found.overall
    if both and both.base and both.candidate and both.base.requests and both.candidate.requests:
        a, b = both.base, both.candidate
        within = f"{millis(a.latency_ms.p99)} by the base, {millis(b.latency_ms.p99)} by the candidate"
        if is_answered(a) and is_answered(b):
            told.append(f"99 of 100 requests were answered within {within}.")
        else:
            never = f"{share(never_answered(a))} of the base's, {share(never_answered(b))} of the candidate's"
            waited = f"{millis(a.latency_ms.p99)} in the base, {millis(b.latency_ms.p99)} in the candidate"
            told.append(f"1 of 100 requests waited at least {waited}; never answered were {never}.")
        told.append(
            f"{share(a.errors / a.requests)} of {count(a.requests)} requests failed in the base, "
            f"{share(b.errors / b.requests)} of {count(b.requests)} in the candidate."
        )
    void = sum(bool(pair.void) for pair in found.pairs)
    spoilt = f"; {count(void)} more could not be used" if void else ""
    counting = len(found.pairs) - void
    looked_at = "There is one pair of runs" if counting == 1 else f"Decided from {count(counting)} pairs of runs"
    told.append(f"{looked_at}{spoilt}.")
    more = [
        one.more_pairs
        for one in found.metrics
        if one.gates and one.more_pairs and one.judgement is Judgement.INCONCLUSIVE
    ]
    if more:
        told.append(f"About {count(max(more))} more pairs would decide what is inconclusive.")
    return told


def judged_first(metrics: Sequence[MetricComparison]) -> list[MetricComparison]:
    """Worst first as they come, those with too few samples last."""
    return sorted(metrics, key=lambda one: not one.gates)


def _effects(metrics: Sequence[MetricComparison]) -> Picture:
    title = "Effect of the candidate"
    shown = drawable(metrics)
    if not shown:
        return Picture(
            title=title,
            empty="No number has an effect with an interval: no pair of runs counts, or only shares of errors were compared.",
        )
    left = f"; {len(shown)} of {len(metrics)} numbers" if len(metrics) > len(shown) else ""
    return Picture(
        title=title,
        caption=f"percent over the base, with its interval; shaded: the margin that is allowed; worst first, grey: too few samples to judge{left}",
        drawn=tuple(forest(shown, size) for size in (WIDE, NARROW)),
    )


def _operations(found: Comparison) -> tuple[ArmsRow, ...]:
    rows = []
    order = {
        judgement: place for place, judgement in enumerate(("regressed", "inconclusive", "improved", "equivalent"))
    }
    for one in found.operations:
        mine = [m for m in found.metrics if m.operation == one.name and m.gates]
        at_worst = [m for m in mine if m.judgement is one.judgement]
        worst = max(
            at_worst or mine, key=lambda m: abs(float(m.effect or 0)) if m.effect_is == "ratio" else 0.0, default=None
        )
        rows.append(ArmsRow(one, worst, _spark(one)))
    rows.sort(
        key=lambda row: (order[row.operation.judgement.value], -abs(float(row.worst.effect or 0)) if row.worst else 0.0)
    )
    return tuple(rows[: MOST["operations"]])


def _spark(one: OperationComparison) -> Markup:
    base, candidate = _p95(one.base), _p95(one.candidate)
    return sparkline(candidate, (), base)


def _p95(arm: ArmFigures | None) -> list[float]:
    values = _numbers(arm.over_time.p95) if arm and arm.over_time else []
    step = max(1, -(-len(values) // _SPARK_POINTS))
    return [max(values[at : at + step]) for at in range(0, len(values), step)]


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [inf if value is None else float(value) for value in values]


def _curves(both: OperationComparison | None) -> tuple[Curve, ...]:
    named = (("base", both.base), ("candidate", both.candidate)) if both else ()
    made = []
    for name, arm in named:
        if arm is not None and arm.curve_ms:
            pairs = zip(CURVE_SHARES, arm.curve_ms, strict=False)
            points = tuple((at, float(v)) for at, v in pairs if v is not None and isfinite(v))
            made.append(Curve(name=name, requests=arm.requests, points=points))
    return tuple(curve for curve in made if curve.points)


def _nines(curves: tuple[Curve, ...]) -> Picture:
    title = "How long all but the slowest waited"
    drawn = tuple(svg for size in (ARMS_WIDE, ARMS_NARROW) if (svg := by_nines(curves, size)) is not None)
    if not drawn:
        return Picture(
            title=title, empty="No request was answered in a pair that counts, so there is no distribution to draw."
        )
    caption = (
        "the share of requests that were answered within a time, all runs of an arm together; for display, never a gate"
    )
    return Picture(title=title, caption=caption, drawn=drawn)


def told_effect(one: MetricComparison) -> str:
    """`+8.2 % [+6.1 %, +10 %]`."""
    if one.effect is None:
        return "–"
    return f"{effect(one.effect, one.effect_is)} [{effect(one.low, one.effect_is)}, {effect(one.high, one.effect_is)}]"
