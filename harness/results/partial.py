"""What can be said of a run that ended before its summary was written: figures and facts, no verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from harness.model.finding import identity_of
from harness.model.verdict import Verdict
from harness.results.parts import ALL, errors_of, operation_of, operations_of
from harness.results.probes import marks_of, probes_of
from harness.results.reader import RunReader
from harness.results.record import Status
from harness.results.summary import Arrivals, FaultSummary, FindingSummary, Summary
from harness.results.timings import answered_of, timings_of

_ENDED = {
    Status.RUNNING: "The run was still going, or was killed, when this report was made",
    Status.INTERRUPTED: "The run was interrupted",
    Status.INCOMPLETE: "The run could not go on",
}


def summary_of(reader: RunReader) -> Summary:
    """The run's summary; without one, what the folder tells, with the verdict `unknown` and the reason."""
    written = reader.summary()
    return written if written is not None else partial_summary(reader)


def partial_summary(reader: RunReader) -> Summary:
    """From run.json, the windows of whole batches, and the lines of the JSONL files."""
    record, series = reader.record, reader.windows()
    whole = [(0, series.end_ns)] if series.end_ns else []
    ended = _ENDED.get(record.status, "The run ended before its summary was written")
    faults, findings = _faults(reader.faults()), _findings(reader.findings())
    counts = series.counts()
    lost = {name: counts.get(name, 0) for name in ("dropped", "unanswered")}
    return Summary(
        run=reader.folder.name,
        scenario=record.scenario_name,
        about=str(record.scenario.get("about", "")),
        target=record.target,
        target_url=record.target_url,
        status=Status.INCOMPLETE if record.status is Status.COMPLETE else record.status,
        verdict=Verdict.UNKNOWN,
        title="This run did not come to a verdict",
        why=(f"{ended}{f': {record.why}' if record.why else '.'}", *reader.problems),
        started=record.started,
        duration_s=series.end_ns / 1e9,
        load_s=series.end_ns / 1e9,
        seed=record.seed,
        # Counted from requests, not from arrivals: an arrival of several requests cannot be told apart here.
        arrivals=Arrivals(
            due=series.total, ok=series.total - series.errors, error=series.errors - sum(lost.values()), **lost
        ),
        overall=operation_of(ALL, series, whole=whole, calm=[], hurt=[]) if whole else None,
        operations=operations_of(series, whole=whole, calm=[], hurt=[]) if whole else (),
        timings=timings_of(reader.timings(), whole, answered_of(series, whole) if _timed(record.scenario) else ()),
        faults=faults,
        findings=findings,
        marks=marks_of(reader.marks()),
        probes=probes_of(reader.samples()),
        errors=errors_of(series, whole, reader.failures()),
        environment=record.host,
        versions=record.versions,
        repeats=record.repeats,
        origin=record.origin,
        not_tested=("Expectations, audit and validity: they are judged when a run ends.",),
    )


def _timed(scenario: Mapping[str, object]) -> bool:
    load = scenario.get("load")
    return isinstance(load, Mapping) and load.get("timings") is True


def _faults(rows: Iterable[Mapping[str, Any]]) -> tuple[FaultSummary, ...]:
    """From the events of each fault: asked, in force, seen, removed, healed, failed, heal failed."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if name := str(row.get("fault") or ""):
            _tell(found.setdefault(name, {"name": name, "edge": "", "kind": ""}), row)
    return tuple(FaultSummary.model_validate(fault) for fault in found.values())


def _tell(fault: dict[str, Any], row: Mapping[str, Any]) -> None:
    at_s = row["at_ns"] / 1e9 if isinstance(row.get("at_ns"), int) else None
    fault.update({key: str(row[key]) for key in ("edge", "kind", "describe") if row.get(key)})
    match row.get("event"):
        case "asked":
            fault["asked_s"] = row.get("planned_s", at_s)
        case "in force":
            fault["from_s"] = at_s
        case "seen":
            fault |= {"in_force": row.get("seen"), "evidence": str(row.get("evidence", ""))}
        case "removed":
            fault["to_s"] = at_s
        case "healed":
            fault["healed"] = True
        case "failed" | "heal failed" as event:
            fault |= {"in_force": False, "evidence": f"{event}: {row.get('error', '')}"}


def _findings(rows: Iterable[Mapping[str, Any]]) -> tuple[FindingSummary, ...]:
    """The last line of each identity wins: counts grow as a run goes."""
    found: dict[str, FindingSummary] = {}
    for row in rows:
        full = dict(row)
        full.setdefault("identity", identity_of(*(str(row.get(k, "")) for k in ("operation", "check", "signature"))))
        if isinstance(full.get("at_ns"), int):
            full.setdefault("at_s", full["at_ns"] / 1e9)
        try:
            finding = FindingSummary.model_validate(full)
        except ValidationError:
            finding = FindingSummary(
                identity=str(full["identity"]),
                level="warning",
                source="",
                operation="",
                message=f"A line that could not be read: {row}",
            )
        found[finding.identity] = finding
    return tuple(found.values())
