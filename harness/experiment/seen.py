"""What a comparison sees of one run: its figures outside the warm-up, whether it can be trusted, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

from harness.compare import Observed, Recovered, WarmUp, mser5
from harness.experiment.trials import GENERATOR
from harness.model import Verdict
from harness.results import (
    ALL,
    Figures,
    Quantiles,
    RunReader,
    RunRecord,
    Series,
    Status,
    Summary,
    Tally,
    coarse_medians,
    summary_of,
    tallies,
)

S = 1_000_000_000
MOST_FAULTS = 12  # whose figures are kept: as many as a page has columns for
_SPOILT = (
    "fault ",
    "edges of this run",
    "users",
)  # a fault that was not in force in one run, or less load, makes it another experiment


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One run, read. `spoilt` says why it cannot count, whichever arm it is; empty where it can. `end_ns` is where its last window ends.

    It holds all windows of the run: look at one pair at a time.
    """

    record: RunRecord
    summary: Summary
    warm_up: WarmUp
    end_ns: int
    spoilt: str = ""
    series: Series = field(repr=False)

    @property
    def name(self) -> str:
        """The run's."""
        return self.summary.run


def see(reader: RunReader) -> Seen:
    """Read a run. Raises BadInput and BadDocument for what cannot be read."""
    series, summary = reader.latencies(), summary_of(reader)
    return Seen(
        record=reader.record,
        summary=summary,
        warm_up=_warm_up(reader.record, summary, series),
        end_ns=series.end_ns,
        spoilt=_spoilt(reader, summary, series),
        series=series,
    )


def _spoilt(reader: RunReader, summary: Summary, series: Series) -> str:
    """Only what has nothing to do with the version under test: a service that drops arrivals is a result."""
    ended = (Status.COMPLETE, Status.STOPPED)
    if reader.record.status not in ended or reader.problems:
        why = reader.record.why or "; ".join(reader.problems) or f"the run is {reader.record.status}"
        return f"it is not complete: {why}"
    if summary.status not in ended:
        return "it is not complete: it has no summary.json"
    if not series.total:
        return "it has no requests"
    if not summary.validity:
        return "nobody judged whether it can be trusted"
    # A stop condition that ended it early is a result, what else did is none.
    short = () if summary.status is Status.STOPPED else ("whole profile",)
    bad = [
        one.why or one.check
        for one in summary.validity
        if one.verdict is not Verdict.PASS and (one.check in (*GENERATOR, *short) or one.check.startswith(_SPOILT))
    ]
    return "; ".join(bad)


def _warm_up(record: RunRecord, summary: Summary, series: Series) -> WarmUp:
    """MSER-5 on the logarithm of the median of each second, in the first stage that is no warm-up, before any fault.

    In whole seconds; a stage whose load goes up or down is never steady, so nothing is cut from it.
    """
    stage = next((one for one in summary.stages if not one.warm_up), None)
    if stage is None or not _is_level(record, stage.name):
        return WarmUp(0)
    first_fault = min((one.from_s for one in summary.faults if one.from_s is not None), default=stage.to_s)
    until = min(stage.to_s, first_fault)
    medians = coarse_medians(series, S, -(-round(until * S) // S))[int(-(-stage.from_s // 1)) :]
    found = mser5([log(value) if 0 < value < float("inf") else float("nan") for value in medians])
    return WarmUp(found.values, found.steady)


def _is_level(record: RunRecord, name: str) -> bool:
    stages = [one for one in _profile(record) if one.get("name") == name]
    return all(isinstance(one.get("rate", one.get("users")), int | float) for one in stages)


def _is_scheduled(record: RunRecord) -> bool:
    """Whether the profile says how many arrivals there are, and not how many users."""
    stages = _profile(record)
    return bool(stages) and all(one.get("model", "closed" if "users" in one else "open") == "open" for one in stages)


def _profile(record: RunRecord) -> list[dict[str, Any]]:
    load = record.scenario.get("load")
    profile = load.get("profile", []) if isinstance(load, dict) else []
    return [one for one in profile if isinstance(one, dict)]


def judged_stretches(seen: Seen, cut_s: float) -> list[tuple[int, int]]:
    """All stages but the warm-ups, and without what was cut from the first of them. Ns since zero."""
    stages = [one for one in seen.summary.stages if not one.warm_up]
    end = seen.end_ns
    if not stages:
        return [(round(cut_s * S), end)] if end > cut_s * S else []
    spans = [(round(one.from_s * S), min(round(one.to_s * S), end)) for one in stages]
    start, until = spans[0]
    spans[0] = (start + round(cut_s * S), until)
    return [(a, b) for a, b in spans if b > a]


def observed(counted: Mapping[str, Tally], shares: Sequence[float], record: RunRecord) -> dict[str, Observed]:
    """By operation."""
    scheduled = _is_scheduled(record)
    return {
        name: Observed(
            requests=one.requests,
            ok=one.outcomes.get("ok", 0),
            errors=one.errors,
            seconds=one.seconds,
            scheduled=scheduled,
            quantiles={share: value for share in shares if (value := one.quantile(share)) is not None},
        )
        for name, one in counted.items()
    }


def count(seen: Seen, cut_s: float) -> dict[str, Tally]:
    """The figures that are judged."""
    return tallies(seen.series, judged_stretches(seen, cut_s))


def recoveries(seen: Seen) -> dict[str, Recovered]:
    """By fault; none where recovery could not be measured."""
    return {
        one.name: Recovered(one.recovery_s, one.recovery_censored)
        for one in seen.summary.faults
        if one.recovery_s is not None
    }


def under_faults(seen: Seen) -> dict[tuple[str, str], Figures]:
    """What each operation did while each of the first faults was in force, by operation and fault."""
    found = {}
    ended = [(one.name, one.from_s, one.to_s) for one in seen.summary.faults]
    for fault, start, end in [(name, a, b) for name, a, b in ended if a is not None and b is not None][:MOST_FAULTS]:
        stretch = (round(start * S), round(end * S))
        for name, tally in tallies(seen.series, [stretch]).items():
            if name != ALL:
                found[name, fault] = _figures(tally)
    return found


def _figures(tally: Tally) -> Figures:
    p99 = tally.quantile(0.99)
    return Figures(
        seconds=tally.seconds,
        requests=tally.requests,
        rate=round(tally.requests / tally.seconds, 3) if tally.seconds else 0.0,
        errors=tally.errors,
        latency_ms=Quantiles(p99=None if p99 is None else p99 * 1000),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something wrong that a run may show or not: a finding, a broken pact, a broken promise of the audit."""

    identity: str
    level: str
    source: str
    operation: str
    check: str = ""
    message: str
    curl: str = ""


def findings(summary: Summary) -> dict[str, Found]:
    """By identity, those of the audit once a promise."""
    found = {
        one.identity: Found(
            identity=one.identity,
            level=one.level,
            source=one.source,
            operation=one.operation,
            check=one.check,
            message=one.message,
            curl=one.curl,
        )
        for one in summary.findings
        if one.source != "audit"
    }
    for promise in summary.audit:
        if promise.verdict is Verdict.FAIL:
            case = promise.cases[0] if promise.cases else None
            found[f"audit {promise.check}"] = Found(
                identity=f"audit {promise.check}",
                level="error",
                source="audit",
                operation=case.operation if case else "",
                check=promise.check,
                message=promise.why,
                curl=case.curl if case else "",
            )
    return found


def looked(summary: Summary, source: str) -> bool:
    """Whether the run looked for findings of that source at all."""
    match source:
        case "fuzz":
            return summary.contract.fuzz is not None
        case "pact":
            return bool(summary.pacts)
        case "oracle":
            return summary.contract.oracle is not None
        case "audit":
            return bool(summary.audit)
        case _:
            return True
