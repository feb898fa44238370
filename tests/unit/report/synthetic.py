"""A believable run that nobody ran: the same folder from the same seed, to look at reports and to test them.

`python -m tests.unit.report.synthetic FOLDER` writes one with its report.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from harness.model import WIDTH_NS, Finding, Histogram, Level, Outcome, Verdict, Window
from harness.model.histogram import bin_of
from harness.results import (
    ALL,
    Arrivals,
    AuditCase,
    AuditSummary,
    ContractSummary,
    Coverage,
    ErrorGroup,
    ExpectationSummary,
    FaultOperation,
    FaultSummary,
    FuzzSummary,
    Mark,
    MarkSummary,
    OracleSummary,
    PactSummary,
    ProbePoint,
    ProbeSummary,
    RunFolder,
    RunReader,
    RunRecord,
    RunWriter,
    Stage,
    Status,
    Summary,
    ValiditySummary,
    finding_of,
    operation_of,
    operations_of,
)

WHEN = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
NS = 1_000_000_000
SHOP = (
    ("place_order", "POST /v1/orders", 45.0, 12.0),
    ("read_order", "GET /v1/orders/{id}", 90.0, 4.1),
    ("list_items", "GET /v1/items", 67.0, 3.2),
    ("cancel_order", "POST /v1/orders/{id}/cancel", 11.0, 8.9),
    ("transfer", "POST /v1/transfers", 11.0, 6.3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`seconds` long, with two faults in its middle; `operations` beyond the shop's five are invented."""

    seconds: int = 60
    operations: int = 5
    seed: int = 7

    @property
    def slow(self) -> tuple[float, float]:
        """When payments are slow."""
        return self.seconds / 3, self.seconds * 7 / 12

    @property
    def gone(self) -> tuple[float, float]:
        """When payments are gone."""
        return self.seconds * 3 / 4, self.seconds * 11 / 12

    @property
    def mix(self) -> tuple[tuple[str, str, float, float], ...]:
        """Name, route, rate per second, median ms."""
        more = ((f"read_thing_{i}", f"GET /v1/things/{i}", 10.0, 3.0 + i / 4) for i in range(self.operations))
        return (*SHOP, *more)[: self.operations]


def windows(plan: Plan) -> Iterator[Window]:
    """What a load process would have sent home."""
    rng = np.random.default_rng(plan.seed)
    for number in range(plan.seconds * 4):
        at = number / 4
        for name, _, rate, median in plan.mix:
            n = int(rng.poisson(rate / 4))
            slowed, gone = plan.slow[0] <= at < plan.slow[1], plan.gone[0] <= at < plan.gone[1] + 1.5
            micros = rng.lognormal(np.log(median * 1000 * (1.2 if slowed else 1)), 0.45, n)
            if name == "place_order" and slowed:
                micros[rng.random(n) < 0.15] += 800_000
            if name == "place_order" and gone:
                micros *= 1 + 4 * rng.random(n)
            failed = int(rng.binomial(n, 0.03)) if gone and name in ("place_order", "cancel_order") else 0
            stage = "warm-up" if at < 5 else "steady-load"
            yield from _of(number, name, stage, micros[failed:], Outcome.OK)
            yield from _of(number, name, stage, micros[:failed] + 500_000, Outcome.SERVER_ERROR)


def _of(number: int, name: str, stage: str, micros: np.ndarray, outcome: Outcome) -> Iterator[Window]:
    if not len(micros):
        return
    histogram, service = ({}, {})
    for value in micros:
        histogram[bin_of(int(value))] = histogram.get(bin_of(int(value)), 0) + 1
        service[bin_of(int(value * 0.9))] = service.get(bin_of(int(value * 0.9)), 0) + 1
    yield Window(
        start_ns=number * WIDTH_NS,
        operation=name,
        outcome=outcome,
        stage=stage,
        n=len(micros),
        bytes=len(micros) * 412,
        latency=Histogram.of(histogram),
        service=Histogram.of(service),
    )


def findings(plan: Plan) -> tuple[Finding, ...]:
    """One of each level and source."""
    return (
        Finding(
            operation="place_order",
            check="one-charge-per-key",
            signature="charged-twice",
            level=Level.ERROR,
            source="audit",
            message="order 9f2c was charged twice for one key, 1.2 s apart",
            at_ns=int((plan.slow[0] + 2) * NS),
            fault="slow",
            stage="steady-load",
            curl='curl -X POST "$BASE/v1/orders" -H "Authorization: Bearer $TOKEN" -H \'Idempotency-Key: r7-w1-000412\' '
            '--data-raw \'{"item":"kettle","quantity":1}\'',
            first={"key": "r7-w1-000412", "charges": 2},
        ),
        Finding(
            operation="cancel_order",
            check="status",
            signature="409",
            level=Level.WARNING,
            source="oracle",
            message="409 is not documented",
            count=3,
            at_ns=12 * NS,
            stage="steady-load",
            curl='curl -X POST "$BASE/v1/orders/9f2c/cancel" -H "Authorization: Bearer $TOKEN"',
        ),
        Finding(
            operation="list_items",
            check="rejects-bad-input",
            signature="cursor",
            level=Level.NOTE,
            source="fuzz",
            message="cursor=%00 was accepted with 200",
            curl='curl "$BASE/v1/items?cursor=%00"',
        ),
    )


def faults(plan: Plan) -> tuple[FaultSummary, ...]:
    """Both faults of the plan."""
    common = {"edge": "payments", "in_force": True, "healed": True}
    return (
        FaultSummary(
            name="slow", kind="latency", describe="+800 ms ± 100 ms", asked_s=plan.slow[0], from_s=plan.slow[0] + 0.01,
            to_s=plan.slow[1], evidence="the probe took 806 ms; before, 0.4 ms", recovery_s=0.25, detection_s=0.5, **common,
            operations=(FaultOperation(name="place_order", detection_s=0.5, recovery_s=0.25),),
        ),
        FaultSummary(
            name="gone", kind="down", describe="refuses every connection", asked_s=plan.gone[0], from_s=plan.gone[0] + 0.01,
            to_s=plan.gone[1], evidence="5 of 5 connections were refused", recovery_s=1.75, detection_s=0.75, **common,
        ),
    )  # fmt: skip


def expectations() -> tuple[ExpectationSummary, ...]:
    """One of each verdict."""
    return (
        ExpectationSummary(text="p99 of place_order <= 250ms during steady", verdict=Verdict.PASS, value=34.3, limit=250, unit="ms",
                           why="34.3 ms [31.6 ms, 36.8 ms] from 1,402 requests"),
        ExpectationSummary(text="errors <= 5% during gone", verdict=Verdict.PASS, value=0.0061, limit=0.05, unit="share",
                           why="14 of 2,241 (0.62%)"),
        ExpectationSummary(text="recovery from gone <= 5s", verdict=Verdict.PASS, value=1.75, limit=5, unit="s", why="1.75 s ± 0.25"),
        ExpectationSummary(text="p99.9 of cancel_order <= 60ms during steady", verdict=Verdict.UNKNOWN, value=44.1, limit=60, unit="ms",
                           why="44.1 ms [31 ms, ∞] from 371 requests: the interval straddles the limit; run longer"),
    )  # fmt: skip


def probes(plan: Plan) -> tuple[ProbeSummary, ...]:
    """A queue that fills while payments are gone, sampled every second; three samples failed."""
    start, end = plan.gone
    points = []
    for t in range(plan.seconds):
        depth = max(0.0, 40 * (t - start)) if t < end else max(0.0, 40 * (end - start) - 120 * (t - end))
        failed = 30 <= t < 33
        points.append(ProbePoint(t_s=t, value=None if failed else 3 + t % 4 + depth))
    known = [one.value for one in points if one.value is not None] or [0.0]
    return (
        ProbeSummary(
            name="outbox", kind="prometheus", ask="outbox_waiting", samples=len(points), failed=3, error="503 Service Unavailable",
            low=min(known), high=max(known), mean=sum(known) / len(known), last=known[-1], points=tuple(points),
        ),
    )  # fmt: skip


def audits(plan: Plan) -> tuple[AuditSummary, ...]:
    """Three promises kept, one broken."""
    case = AuditCase(
        message="order 9f2c was charged twice, 1.2 s apart", key="r7-w1-000412", operation="place_order", at_s=plan.slow[0] + 2,
        fault="slow", stage="steady-load", curl=findings(plan)[0].curl,
        steps=("22.00 s  place_order asked for one kettle: 202, order 9f2c", "22.81 s  charged 24.00 under r7-w1-000412",
               "24.01 s  charged 24.00 under 5d1e…: a fresh key"),
    )  # fmt: skip
    return (
        AuditSummary(check="no-lost-orders", verdict=Verdict.PASS, why="Every order that was acknowledged exists: all 1,961 checked.", checked=1961),
        AuditSummary(check="one-charge-per-key", verdict=Verdict.FAIL, why="order 9f2c was charged twice, 1.2 s apart", checked=1961, cases=(case,),
                     evidence={"keys": 1961, "charges": 1962}),
        AuditSummary(check="money-conserved", verdict=Verdict.PASS, why="The ledger's total is what it was: all 659 transfers checked.", checked=659),
        AuditSummary(check="events-at-least-once", verdict=Verdict.PASS, why="Every order has its events: all 1,961 checked.", checked=1961),
    )  # fmt: skip


def contract() -> ContractSummary:
    """Checked in calm and under load."""
    return ContractSummary(
            description="http://127.0.0.1:41873/openapi.json",
            fuzz=FuzzSummary(verdict=Verdict.PASS, why="612 cases, nothing wrong", cases=612, operations=10, seconds=9.8, seed=7,
                             phases=("examples", "coverage", "fuzzing", "stateful")),
            oracle=OracleSummary(verdict=Verdict.PASS, why="1 warning", judged=13311, operations=5),
            coverage=(Coverage(kind="operations", seen=10, total=13, missing=("health_live", "health_ready", "metrics")),
                      Coverage(kind="statuses", seen=31, total=44, missing=("list_items 503", "place_order 429"))),
        )  # fmt: skip


def pacts() -> tuple[PactSummary, ...]:
    """Three interactions, all kept."""
    return (PactSummary(consumer="storefront", provider="orders", interaction="a request to place an order", verdict=Verdict.PASS),
               PactSummary(consumer="storefront", provider="orders", interaction="a request for a paid order", verdict=Verdict.PASS),
               PactSummary(consumer="fulfilment", provider="orders", interaction="an event of a paid order", verdict=Verdict.PASS))  # fmt: skip


def validity() -> tuple[ValiditySummary, ...]:
    """Nothing spoilt it."""
    return (ValiditySummary(check="late arrivals", verdict=Verdict.PASS, why="0.1 % of arrivals were scheduled over 1 ms late", value=0.001,
                                  limit=0.01, unit="share"),
                  ValiditySummary(check="generator CPU", verdict=Verdict.PASS, why="41 % of one core at most", value=0.41, limit=0.9, unit="share"),
                  ValiditySummary(check="faults in force", verdict=Verdict.PASS, why="2 of 2 were seen by their canary"))  # fmt: skip


def summary(plan: Plan, reader: RunReader) -> Summary:
    """What experiment would have written."""
    series, whole = reader.windows(), [(5 * NS, plan.seconds * NS)]
    slow, gone = (tuple(int(s * NS) for s in span) for span in (plan.slow, plan.gone))
    hurt = [(slow[0], slow[1]), (gone[0], gone[1])]
    calm = [(5 * NS, slow[0]), (slow[1] + NS, gone[0])]
    scopes = {"whole": whole, "calm": calm, "hurt": hurt}
    return Summary(
        run=reader.folder.name,
        scenario="payment-outage",
        about="Orders must survive a payment provider that is slow, then gone.",
        target="reference",
        target_url="http://127.0.0.1:41873",
        verdict=Verdict.FAIL,
        title="One order was charged twice while payments were slow",
        why=("one-charge-per-key: order 9f2c was charged twice, 1.2 s apart, under slow",
             "p99.9 of cancel_order <= 60ms during steady: 44.1 ms [31 ms, ∞] from 371 requests: the interval straddles the limit; run longer"),
        started=WHEN.isoformat(),
        duration_s=plan.seconds + 17.4,
        load_s=plan.seconds,
        seed=plan.seed,
        arrivals=Arrivals(due=series.total, ok=series.total - series.errors, error=series.errors),
        stages=(Stage(name="warm-up", from_s=0, to_s=5, plan="50/s", warm_up=True),
                Stage(name="steady-load", from_s=5, to_s=plan.seconds, plan="224/s, poisson")),
        overall=operation_of(ALL, series, **scopes),
        operations=operations_of(series, routes={name: route for name, route, *_ in plan.mix}, **scopes),
        expectations=expectations(),
        faults=faults(plan),
        probes=probes(plan),
        marks=(MarkSummary(at_s=plan.seconds * 0.65, text="deployed 1.4.2"),),
        contract=contract(),
        pacts=pacts(),
        findings=tuple(finding_of(f) for f in findings(plan)),
        audit=audits(plan),
        errors=(ErrorGroup(operation="place_order", outcome="5xx", text="503 Service Unavailable: payments", count=14, first_s=plan.gone[0] + 0.3),),
        validity=validity(),
        environment={"host": "ci-runner", "system": "Linux 6.1", "processor": "2 cores", "memory": "7.7 GiB"},
        versions={"harness": "0.1.0", "locust": "2.47.0", "toxiproxy": "2.12.0", "postgres": "18.1"},
        not_tested=("edges front, postgres and valkey had no fault", "health_live, health_ready and metrics were never asked"),
    )  # fmt: skip


def write_run(root: Path, plan: Plan | None = None, *, finish: bool = True) -> RunFolder:
    """A whole run folder; with `finish=False` what a SIGKILL in the middle leaves."""
    plan = plan or Plan()
    folder = RunFolder.create(root, "payment-outage", WHEN, "s7")
    record = RunRecord(
        run=folder.name,
        scenario_name="payment-outage",
        scenario={"about": "Orders must survive a payment provider that is slow, then gone."},
        target="reference",
        started=WHEN.isoformat(),
        seed=plan.seed,
        host={"host": "ci-runner"},
    )
    writer = RunWriter(folder, record)
    batch: list[Window] = []
    for window in windows(plan):
        batch.append(window)
        if len(batch) >= 20 * plan.operations:
            writer.windows(batch)
            batch = []
    writer.windows(batch)
    for finding in findings(plan):
        writer.finding(finding_of(finding).model_dump(mode="json"))
    writer.mark(Mark(t_ns=int(plan.seconds * 0.65 * NS), text="deployed 1.4.2"))
    if finish:
        writer.finish(Status.COMPLETE, ended=WHEN.isoformat())
        writer.document("summary.json", summary(plan, RunReader.open(folder)))
    return folder


if __name__ == "__main__":
    from harness.report import write_report

    made = write_run(
        Path(sys.argv[1]),
        Plan(
            seconds=int(sys.argv[2]) if len(sys.argv) > 2 else 60,
            operations=int(sys.argv[3]) if len(sys.argv) > 3 else 5,
        ),
    )
    for path in write_report(RunReader.open(made)):
        sys.stdout.write(f"{path} {path.stat().st_size}\n")
