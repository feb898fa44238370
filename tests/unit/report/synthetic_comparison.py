"""A believable comparison that nobody made: the same document from the same seed, to draw reports of and to test them.

`compared(Case())` is one where place_order is 20 % slower and the rest the same. Other cases: nothing changed, too noisy to tell,
faster, stopped half way, nothing measured at all, names with markup, many operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.special import ndtri

from harness.experiment.together import arm_runs
from harness.model import Judgement, Outcome, Verdict, summed_up
from harness.results import (
    ALL,
    CURVE_SHARES,
    Arm,
    ArmFigures,
    ArmRuns,
    Comparison,
    ErrorComparison,
    Figures,
    FindingComparison,
    MarkSummary,
    MetricComparison,
    OperationComparison,
    OperationSummary,
    OverTime,
    Pair,
    ProbeSummary,
    Quantiles,
    Rules,
    Shown,
    Stage,
    Status,
    Summary,
    ValiditySummary,
    finding_of,
)
from harness.results.pooled import STEPS
from tests.unit.report import synthetic
from tests.unit.report.synthetic import SHOP, Plan

STUDENT = 2.132  # t(.95, 4)
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`slower` maps an operation to the true ratio of its candidate. `noise` is the spread of a pair's log ratio."""

    operations: int = 5
    seconds: int = 60
    pairs: int = 6
    noise: float = 0.015
    slower: tuple[tuple[str, float], ...] = (("place_order", 1.2),)
    findings: bool = True
    status: Status = Status.COMPLETE
    seed: int = 11
    markup: bool = False
    mode: str = "interleaved"


def compared(case: Case = Case()) -> Comparison:
    """The document."""
    rng = np.random.default_rng(case.seed)
    mix = _mix(case)
    metrics = [one for name, _, rate, median in mix for one in _metrics(case, rng, name, rate, median)]
    metrics += _metrics(case, rng, ALL, sum(rate for _, _, rate, _ in mix), 6.0)
    findings = _findings() if case.findings else ()
    judgement = summed_up([one.judgement for one in (*metrics, *findings) if getattr(one, "gates", True)])
    worst_first = sorted(metrics, key=lambda one: (_rank(one.judgement), -abs(float(one.effect or 0))))
    return Comparison(
        name="20261124T104200Z-payment-outage-c0ffee",
        scenario="payment-outage",
        about="Orders must survive a payment provider that is slow, then gone.",
        mode="saved" if case.mode == "saved" else "interleaved",
        status=case.status,
        judgement=judgement,
        verdict=judgement.verdict,
        title=_title(judgement),
        why=tuple(one.why for one in worst_first if one.judgement is judgement)[:6],
        base=Arm(spelling="reference", target="reference", versions={"harness": "0.1.0"}, runs=_runs(case, 1.0)),
        candidate=Arm(spelling="reference:slow-place", target="reference", defects=("slow-place",), runs=_runs(case, 1.2)),
        rules=Rules(pairs=6, max_pairs=12, looks=(6, 8, 10, 12), alphas=(0.03, 0.02, 0.02, 0.02), seed=7),
        started="2026-11-24T10:42:00.000Z",
        duration_s=2.0 * case.pairs * (case.seconds + 12),
        pairs=_pairs(case),
        overall=_operation(case, rng, ALL, "", sum(rate for _, _, rate, _ in mix), 6.0, judgement),
        operations=tuple(
            _operation(case, rng, name, route, rate, median, _of(metrics, name)) for name, route, rate, median in mix
        ),
        metrics=tuple(worst_first),
        findings=findings,
        errors=(ErrorComparison(operation="place_order", outcome="5xx", text="503 payments are away", base=31, candidate=44),),
        faults=synthetic.faults(Plan(seconds=case.seconds)),
        stages=(
            Stage(name="warm-up", from_s=0, to_s=5, plan="50/s", warm_up=True),
            Stage(name="steady-load", from_s=5, to_s=case.seconds, plan="150/s, poisson"),
        ),
        validity=(
            ValiditySummary(check="pairs", verdict=judgement.verdict, why=f"{case.pairs} of {case.pairs + 1} pairs count"),
        ),
        smallest=(Shown(operation=ALL, metric="p95", smallest=0.034, pairs=6),),
        not_tested=("p99 of transfer: 660 requests a run, and 10,000 are needed.",),
        environment={"machine": "x86_64", "cores": "2", "host": "bench-1"},
    )  # fmt: skip


def _mix(case: Case) -> list[tuple[str, str, float, float]]:
    more = ((f"read_thing_{i}", f"GET /v1/things/{i}", 10.0, 3.0 + i / 4) for i in range(case.operations))
    mix = [*SHOP, *more][: case.operations]
    if case.markup and mix:
        mix[0] = ('<script>alert(1)</script> | `x` & "y"', "GET /<b>{id}</b>", mix[0][2], mix[0][3])
    return mix


def _metrics(case: Case, rng: np.random.Generator, name: str, rate: float, median: float) -> list[MetricComparison]:
    true = dict(case.slower).get(name, 1.0)
    found = []
    for metric, share in QUANTILES.items():
        base = median * exp(0.45 * 2.33 * (share - 0.5) * 2)
        enough = rate * case.seconds * (1 - share) >= 100 or name == ALL
        found.append(_metric(case, rng, name, metric, base, true, 0.05, enough))
    found.append(_metric(case, rng, name, "throughput", rate, 1.0, 0.01, True))
    return found


def _metric(
    case: Case, rng: np.random.Generator, name: str, metric: str, base: float, true: float, margin: float, enough: bool
) -> MetricComparison:
    noise = case.noise * (0.1 if metric == "throughput" else 1.0)
    d = log(true) + noise * rng.standard_normal(max(case.pairs, 1))
    half = STUDENT * float(d.std(ddof=1)) / sqrt(len(d)) if len(d) > 1 else 9.9
    low, high = float(d.mean()) - half, float(d.mean()) + half
    judgement = _judged(low, high, float(d.mean()), log(1 + margin), metric) if enough else Judgement.INCONCLUSIVE
    if (
        judgement in (Judgement.REGRESSED, Judgement.IMPROVED) and true == 1
    ):  # what a family-wise test would not let through
        judgement = Judgement.INCONCLUSIVE
    effect = exp(float(d.mean())) - 1
    return MetricComparison(
        operation=name,
        metric=metric,
        unit="/s" if metric == "throughput" else "ms",
        worse="down" if metric == "throughput" else "up",
        base=round(base, 4),
        candidate=round(base * (1 + effect), 4),
        effect=effect,
        low=exp(low) - 1,
        high=exp(high) - 1,
        margin=margin,
        judgement=judgement,
        gates=enough,
        p=1 / 64 if judgement is Judgement.REGRESSED else 0.6,
        look_here=judgement is Judgement.REGRESSED,
        pairs=case.pairs,
        more_pairs=4 if judgement is Judgement.INCONCLUSIVE and enough else None,
        why=f"{metric} of {name}: {effect:+.1%} [{exp(low) - 1:+.1%}, {exp(high) - 1:+.1%}]" if enough else "too few requests",
        each=tuple(round(exp(float(one)) - 1, 5) for one in d),
    )  # fmt: skip


def _judged(low: float, high: float, effect: float, margin: float, metric: str) -> Judgement:
    if metric == "throughput":
        low, high, effect = -high, -low, -effect
    if low > 0 and effect >= margin:
        return Judgement.REGRESSED
    if high < 0 and effect <= -margin:
        return Judgement.IMPROVED
    return Judgement.EQUIVALENT if -margin < low and high < margin else Judgement.INCONCLUSIVE


def _operation(
    case: Case, rng: np.random.Generator, name: str, route: str, rate: float, median: float, judgement: Judgement
) -> OperationComparison:
    true = dict(case.slower).get(name, 1.0)
    base, candidate = (_arm(case, rng, rate, median * ratio) for ratio in (1.0, true))
    return OperationComparison(name=name, route=route, judgement=judgement, base=base, candidate=candidate)


def _arm(case: Case, rng: np.random.Generator, rate: float, median: float) -> ArmFigures:
    def at(share: float) -> float:
        return round(median * exp(0.45 * _normal(share)), 4)

    n, steps = int(rate * case.seconds * case.pairs), min(case.seconds, STEPS)
    step_s = case.seconds / steps
    wave = median * (1 + 0.05 * rng.standard_normal(steps))
    return ArmFigures(
        seconds=case.seconds * case.pairs,
        requests=n,
        rate=rate,
        errors=n // 500,
        outcomes={Outcome.OK.value: n - n // 500, Outcome.SERVER_ERROR.value: n // 500},
        latency_ms=Quantiles(p50=at(0.5), p90=at(0.9), p95=at(0.95), p99=at(0.99), max=at(0.99999), **{"p99.9": at(0.999)}),
        runs=case.pairs,
        curve_ms=tuple(at(share) for share in CURVE_SHARES if share < 1 - 1 / max(n, 2)),
        over_time=OverTime(
            step_s=step_s,
            requests=tuple(rng.poisson(rate * step_s, steps).astype(float).tolist()),
            errors=tuple(rng.binomial(1, 0.1, steps).astype(float).tolist()),
            p50=tuple(np.round(wave, 3).tolist()),
            p95=tuple(np.round(wave * 2.1, 3).tolist()),
            p99=tuple(np.round(wave * 2.9, 3).tolist()),
        ),
    )  # fmt: skip


def _runs(case: Case, slower: float) -> ArmRuns:
    """As many runs as pairs count, put together as a comparison does it; every third run of the slower arm breaks a promise."""
    return arm_runs(
        [_run(case, number, slower) for number in range(case.pairs)], [_under(case, slower) for _ in range(case.pairs)]
    )


def _run(case: Case, number: int, slower: float) -> Summary:
    plan = Plan(seconds=case.seconds)
    audits = synthetic.audits(plan)
    broken = slower > 1 and number % 3 == 1
    kept = audits[1].model_copy(
        update={"verdict": Verdict.PASS, "why": "Each key was charged once: all 1,961 checked.", "cases": ()}
    )
    limit, *others = synthetic.expectations()
    value = 200 * slower + 5 * number
    held = limit.model_copy(
        update={"value": value, "verdict": Verdict.PASS if value <= 250 else Verdict.FAIL, "why": f"{value:g} ms"}
    )
    return Summary(
        run=f"20261124T1043{number:02d}Z-payment-outage-{'b' if slower > 1 else 'a'}{number:05d}",
        scenario="payment-outage",
        target="reference",
        verdict=Verdict.PASS,
        operations=tuple(
            OperationSummary(name=name, seconds=1, requests=1, rate=1, errors=0, calm=_at(median)) for name, _, _, median in _mix(case)
        ),
        expectations=(held, *others),
        faults=synthetic.faults(plan),
        audit=audits if broken else (audits[0], kept, *audits[2:]),
        contract=synthetic.contract(),
        pacts=synthetic.pacts(),
        findings=tuple(finding_of(one) for one in synthetic.findings(plan)) if broken else (),
        marks=(_mark(case),) if slower > 1 and number == 0 else (),
        probes=tuple(_slower(one, slower, case.markup) for one in synthetic.probes(plan)),
        validity=synthetic.validity(),
        not_tested=("edges front, postgres and valkey had no fault",),
    )  # fmt: skip


def _mark(case: Case) -> MarkSummary:
    return MarkSummary(at_s=case.seconds * 0.65, text="<b>deployed</b> 1.4.2" if case.markup else "deployed 1.4.2")


def _slower(one: ProbeSummary, slower: float, markup: bool) -> ProbeSummary:
    """The queue is the longer, the slower the arm is."""
    points = [point.model_copy(update={"value": point.value and point.value * slower}) for point in one.points]
    known = [point.value for point in points if point.value is not None]
    return one.model_copy(
        update={
            "name": "<i>outbox</i>" if markup else one.name,
            "points": tuple(points),
            "low": min(known),
            "high": max(known),
            "mean": sum(known) / len(known),
        }
    )


def _under(case: Case, slower: float) -> dict[tuple[str, str], Figures]:
    times = {"slow": 9.0 * slower, "gone": 2.0}
    return {(name, fault): _at(median * more) for name, _, _, median in _mix(case) for fault, more in times.items()}


def _at(median: float) -> Figures:
    p99 = Quantiles(p99=round(median * exp(0.45 * 2.33), 3))
    return Figures(seconds=15, requests=600, rate=40, errors=3, latency_ms=p99)


def _normal(share: float) -> float:
    return float(ndtri(min(max(share, 1e-4), 1 - 1e-6)))


def _pairs(case: Case) -> tuple[Pair, ...]:
    made = [
        Pair(
            number=number, order="AB" if number % 2 else "BA", base=f"20261124T1042{number:02d}Z-payment-outage-a{number:05d}",
            candidate=f"20261124T1043{number:02d}Z-payment-outage-b{number:05d}", warm_up_s=5.0, seconds=2.0 * case.seconds,
        )
        for number in range(1, case.pairs + 2)
    ]  # fmt: skip
    void = made[len(made) // 2].model_copy(update={"void": "412 of 9000 arrivals were scheduled over 1 ms late"})
    return tuple(void if one.number == void.number else one for one in made)


def _findings() -> tuple[FindingComparison, ...]:
    told = {
        "level": "error",
        "source": "oracle",
        "operation": "read_order",
        "check": "response_schema",
        "curl": "curl -H 'Authorization: Bearer $TOKEN' http://127.0.0.1:8000/v1/orders/1",
    }
    return (
        FindingComparison(
            identity="f1", message="amount: '12.30' is not of type integer", base_seen=0, base_runs=6, candidate_seen=6,
            candidate_runs=6, judgement=Judgement.REGRESSED, why="seen in 6 of 6 candidate runs and in 0 of 6 base runs", **told,
        ),
        FindingComparison(
            identity="f2", message="200 without ETag", base_seen=2, base_runs=6, candidate_seen=3, candidate_runs=6,
            judgement=Judgement.INCONCLUSIVE, why="flaky: seen in 3 of 6 candidate runs and in 2 of 6 base runs", **told,
        ),
    )  # fmt: skip


def _of(metrics: list[MetricComparison], name: str) -> Judgement:
    return summed_up(one.judgement for one in metrics if one.operation == name and one.gates)


def _rank(judgement: Judgement) -> int:
    return [Judgement.REGRESSED, Judgement.INCONCLUSIVE, Judgement.IMPROVED, Judgement.EQUIVALENT].index(judgement)


def _title(judgement: Judgement) -> str:
    return {
        Judgement.REGRESSED: "reference:slow-place is worse than reference: p95 of place_order is 20 % longer",
        Judgement.INCONCLUSIVE: "Whether reference:slow-place is worse than reference cannot be told yet",
        Judgement.IMPROVED: "reference:slow-place is better than reference",
        Judgement.EQUIVALENT: "reference:slow-place is as fast as reference, within 5 %",
    }[judgement]


SAME = Case(slower=(), findings=False)
NOISY = Case(slower=(), findings=False, noise=0.2)
CUT = Case(pairs=2, status=Status.INTERRUPTED, findings=False)
MANY = Case(operations=20, seconds=600)
HOSTILE = Case(markup=True)
