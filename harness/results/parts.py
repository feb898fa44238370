"""From the nouns of the model and the windows to the parts of a Summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pyarrow as pa

from harness.model.expectation import Expectation
from harness.model.fault import FaultRecord
from harness.model.finding import Finding
from harness.model.histogram import Histogram
from harness.model.verdict import Check
from harness.model.window import Outcome
from harness.results.series import Series, Stretch
from harness.results.summary import (
    ErrorGroup,
    ExpectationSummary,
    FaultSummary,
    Figures,
    FindingSummary,
    OperationSummary,
    Quantiles,
    Unit,
    ValiditySummary,
)

ALL = "all operations"


def quantiles_of(histogram: Histogram) -> Quantiles:
    """In milliseconds."""

    def at(share: float) -> float | None:
        value = histogram.quantile(share)
        return None if value is None else round(value * 1000, 4)

    longest = histogram.max
    return Quantiles(
        p50=at(0.5),
        p90=at(0.9),
        p95=at(0.95),
        p99=at(0.99),
        max=None if longest is None else round(longest * 1000, 4),
        **{"p99.9": at(0.999)},
    )


def figures_of(series: Series, stretches: Sequence[Stretch], until_ns: int | None = None) -> Figures | None:
    """What happened in some stretches; None where they have no length.

    `until_ns` is when the last arrival was due: nobody sends after that, so the rate takes no account of it.
    """
    seconds = sum(end - start for start, end in stretches) / 1e9
    if seconds <= 0:
        return None
    mine = series.during(stretches)
    counts = mine.counts()
    sending = stretches if until_ns is None else [(a, min(b, until_ns)) for a, b in stretches if a < until_ns]
    answers = series.during(sending).answers if sending != stretches else mine.answers
    sent_s = sum(end - start for start, end in sending) / 1e9
    return Figures(
        seconds=round(seconds, 3),
        requests=mine.total,
        rate=round(answers / sent_s, 3) if sent_s else 0.0,
        errors=mine.errors,
        outcomes=counts,
        latency_ms=quantiles_of(mine.histogram("latency")),
        service_ms=quantiles_of(mine.histogram("service")),
    )


def operations_of(
    series: Series,
    *,
    whole: Sequence[Stretch],
    calm: Sequence[Stretch],
    hurt: Sequence[Stretch],
    routes: Mapping[str, str] | None = None,
    until_ns: int | None = None,
) -> tuple[OperationSummary, ...]:
    """A summary per operation seen, by name. `whole` is the run without its warm-up; `routes` maps a name to `METHOD /template`."""
    return tuple(
        operation_of(
            name,
            series.only(name),
            whole=whole,
            calm=calm,
            hurt=hurt,
            route=(routes or {}).get(name, ""),
            until_ns=until_ns,
        )
        for name in series.operations
    )


def operation_of(
    name: str,
    series: Series,
    *,
    whole: Sequence[Stretch],
    calm: Sequence[Stretch],
    hurt: Sequence[Stretch],
    route: str = "",
    until_ns: int | None = None,
) -> OperationSummary:
    """One row; call it with all windows and `ALL` for the sum over operations."""
    figures = figures_of(series, whole, until_ns) or Figures(seconds=0, requests=0, rate=0, errors=0)
    return OperationSummary(
        **figures.model_dump(),
        name=name,
        route=route,
        calm=figures_of(series, calm, until_ns),
        hurt=figures_of(series, hurt, until_ns),
    )


_SAID = {
    Outcome.SERVER_ERROR: "answered with a 5xx",
    Outcome.TIMEOUT: "no answer in time",
    Outcome.RESET: "reset, or closed without an answer",
    Outcome.REFUSED: "connection refused",
    Outcome.TRANSPORT: "failed below HTTP",
    Outcome.FAILED: "the locustfile called it failed, or raised",
    Outcome.DROPPED: "due, but every user was busy",
    Outcome.UNANSWERED: "still open when the run ended",
}


MOST_ERRORS = 500  # kinds of error; a thousand operations could have ten each


def errors_of(series: Series, whole: Sequence[Stretch], failures: pa.Table | None = None) -> tuple[ErrorGroup, ...]:
    """How requests failed in some stretches, most first; `first_s` is the start of the first window.

    By operation, outcome and text, where `failures` (columns of `FAILURES`) has texts; what said nothing is told by its outcome
    alone. The counts of all groups add up to the errors of `series`.
    """
    groups = []
    texts = _texts(failures, whole)
    for name, mine in series.during(whole).by_operation().items():
        for code in np.unique(mine.outcome):
            rows, outcome = mine.outcome == code, mine.outcomes[code]
            known = Outcome(outcome) if outcome in set(Outcome) else None
            if known is None or known.is_error:
                text = _SAID.get(known, "") if known else "an outcome of a later version"
                first = round(float(mine.start_ns[rows].min()) / 1e9, 3)
                count = int(mine.n[rows].sum())
                said = texts.get((name, outcome), [])
                groups += said
                if left := count - sum(group.count for group in said):
                    groups.append(ErrorGroup(operation=name, outcome=outcome, text=text, count=left, first_s=first))
    return _cut(sorted(groups, key=lambda group: -group.count))


def _texts(failures: pa.Table | None, whole: Sequence[Stretch]) -> dict[tuple[str, str], list[ErrorGroup]]:
    """By operation and outcome: a group per text, of the windows that lie wholly inside a stretch (as `Series.during`)."""
    found: dict[tuple[str, str], list[ErrorGroup]] = {}
    if failures is None or not failures.num_rows:
        return found
    frame = failures.to_pandas()
    ends = frame["start_ns"] + frame["width_ns"]
    keep = np.zeros(len(frame), dtype=bool)
    for start, end in whole:
        keep |= ((frame["start_ns"] >= start) & (ends <= end)).to_numpy()
    kinds = frame[keep].groupby(["operation", "outcome", "text"], sort=False)
    for (name, outcome, text), n, first in kinds.agg(n=("n", "sum"), first=("start_ns", "min")).itertuples():
        group = ErrorGroup(operation=name, outcome=outcome, text=text, count=int(n), first_s=round(int(first) / 1e9, 3))
        found.setdefault((name, outcome), []).append(group)
    return found


def _cut(groups: Sequence[ErrorGroup]) -> tuple[ErrorGroup, ...]:
    """The most frequent; the others in one, so that no count is lost."""
    if len(groups) <= MOST_ERRORS:
        return tuple(groups)
    rest = groups[MOST_ERRORS - 1 :]
    first = min((one.first_s for one in rest if one.first_s is not None), default=None)
    text = f"{len(rest):,} other kinds"
    others = ErrorGroup(operation=ALL, outcome="", text=text, count=sum(one.count for one in rest), first_s=first)
    return (*groups[: MOST_ERRORS - 1], others)


def expectation_of(expectation: Expectation, check: Check) -> ExpectationSummary:
    """Quantiles are told in milliseconds, other times in seconds."""
    in_ms = expectation.unit == "s" and expectation.metric.kind in ("quantile", "max")
    factor = 1000.0 if in_ms else 1.0
    unit: Unit = "ms" if in_ms else expectation.unit
    return ExpectationSummary(
        text=expectation.text,
        verdict=check.verdict,
        why=check.why,
        value=None if check.value is None else check.value * factor,
        limit=expectation.limit * factor,
        unit=unit,
        cmp=expectation.cmp,
    )


def fault_of(record: FaultRecord) -> FaultSummary:
    """What became of a fault."""
    return FaultSummary(**asdict(record))


def finding_of(finding: Finding) -> FindingSummary:
    """A finding with its identity."""
    return FindingSummary(
        identity=finding.identity,
        level=finding.level.value,
        source=finding.source,
        operation=finding.operation,
        check=finding.check,
        signature=finding.signature,
        message=finding.message,
        count=finding.count,
        tried=finding.tried,
        came_back=finding.came_back,
        accepted=finding.accepted,
        place=finding.place,
        line=finding.line,
        at_s=None if finding.at_ns is None else finding.at_ns / 1e9,
        stage=finding.stage,
        fault=finding.fault,
        curl=finding.curl,
        first=finding.first,
        worst=finding.worst,
    )


def validity_of(check: Check) -> ValiditySummary:
    """Whether the run can be trusted in one respect. Raises pydantic's ValidationError for a unit nobody knows."""
    unit: Unit = check.unit  # type: ignore[assignment]  # pydantic checks it
    return ValiditySummary(
        check=check.name, verdict=check.verdict, why=check.why, value=check.value, limit=check.limit, unit=unit
    )
