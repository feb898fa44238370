"""What the page of a comparison shows, worked out from `comparison.json` and nothing else; the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from markupsafe import Markup

from harness.model import Judgement
from harness.report import arms
from harness.report.arms import Curve, by_nines, nines_table
from harness.report.effects import MOST_ROWS, dots, drawable, forest
from harness.report.rows import MOST_FAULTS, MOST_OPERATIONS
from harness.report.scene import NARROW, WIDE, Scene, letter
from harness.report.sections import Sections, of_comparison
from harness.report.sparkline import sparkline
from harness.report.timeline import Picture
from harness.report.words import count, effect, millis, share
from harness.results import CURVE_SHARES, ArmFigures, Comparison, MetricComparison, OperationComparison, OverTime

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
    "curl": 4000,
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
        timeline=_timeline(found),
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
        told.append(
            f"99 of 100 requests were answered within {millis(a.latency_ms.p99)} by the base, {millis(b.latency_ms.p99)} by the candidate."
        )
        told.append(
            f"{share(a.errors / a.requests)} of {count(a.requests)} requests failed in the base, "
            f"{share(b.errors / b.requests)} of {count(b.requests)} in the candidate."
        )
    void = sum(bool(pair.void) for pair in found.pairs)
    spoilt = f"; {count(void)} more could not be used" if void else ""
    told.append(f"Decided from {count(len(found.pairs) - void)} pairs of runs{spoilt}.")
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
    left = f"; the first {MOST_ROWS} of {len(metrics)} numbers" if len(metrics) > len(shown) else ""
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
    drawn = tuple(svg for size in (WIDE, NARROW) if (svg := by_nines(curves, size)) is not None)
    if not drawn:
        return Picture(
            title=title, empty="No request was answered in a pair that counts, so there is no distribution to draw."
        )
    caption = (
        "the share of requests that were answered within a time, all runs of an arm together; for display, never a gate"
    )
    return Picture(title=title, caption=caption, drawn=drawn)


def _timeline(found: Comparison) -> tuple[Picture, ...]:
    both = found.overall
    base = both.base.over_time if both and both.base else None
    candidate = both.candidate.over_time if both and both.candidate else None
    if base is None or candidate is None or not base.p95 or not candidate.p95:
        return (
            Picture(
                title="p95 of all operations",
                empty="There is nothing to draw over time: an arm has no run that counts.",
            ),
        )
    end_s = max(len(one.p95) * one.step_s for one in (base, candidate))
    scene = Scene(end_s=end_s, stages=found.stages, faults=found.faults)
    made = []
    for name, of in (("p95", "p95"), ("p50", "p50")):
        lines = {"base": _over(base, of), "candidate": _over(candidate, of)}
        drawn = tuple(arms.over_time(lines, scene, size, name) for size in (WIDE, NARROW))
        made.append(
            Picture(title=f"{name} of all operations", caption="all runs of an arm together, logarithmic", drawn=drawn)
        )
    both_arms = {"base": base, "candidate": candidate}
    for title, level, unit in (("Requests per second", _per_second, "/s"), ("Requests that failed", _failing, " %")):
        levels = {name: level(one) for name, one in both_arms.items()}
        drawn = tuple(arms.level_over_time(levels, scene, size, title, unit) for size in (WIDE, NARROW))
        made.append(Picture(title=title, caption="of a run, on the average of an arm's", drawn=drawn))
    return tuple(made)


def _per_second(one: OverTime) -> list[tuple[float, float]]:
    return [(number * one.step_s, n / one.step_s) for number, n in enumerate(one.requests)]


def _failing(one: OverTime) -> list[tuple[float, float]]:
    pairs = zip(one.requests, one.errors, strict=False)
    return [(number * one.step_s, 100 * bad / n if n else 0.0) for number, (n, bad) in enumerate(pairs)]


def _over(one: OverTime, of: str) -> list[tuple[float, float]]:
    return [(number * one.step_s, value) for number, value in enumerate(_numbers(getattr(one, of)))]


def told_effect(one: MetricComparison) -> str:
    """`+8.2 % [+6.1 %, +10 %]`."""
    if one.effect is None:
        return "–"
    return f"{effect(one.effect, one.effect_is)} [{effect(one.low, one.effect_is)}, {effect(one.high, one.effect_is)}]"
