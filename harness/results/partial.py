"""What can be said of a run that ended before its summary was written: figures and facts, no verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from harness.model.finding import identity_of
from harness.model.verdict import Verdict
from harness.results.parts import ALL, operation_of, operations_of
from harness.results.reader import RunReader
from harness.results.record import Status
from harness.results.summary import Arrivals, FaultSummary, FindingSummary, MarkSummary, Summary

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
    marks = tuple(MarkSummary(at_s=int(str(row["at_ns"])) / 1e9, text=str(row["text"])) for row in reader.marks())
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
        faults=faults,
        findings=findings,
        marks=marks,
        environment=record.host,
        versions=record.versions,
        not_tested=("Expectations, audit and validity: they are judged when a run ends.",),
    )


def _faults(rows: Iterable[Mapping[str, Any]]) -> tuple[FaultSummary, ...]:
    """From the events of each fault: rows name it (`fault` or `name`), what happened (`event`) and when (`at_ns`)."""
    found: dict[str, dict[str, Any]] = {}
    moments = {"asked": "asked_s", "in_force": "from_s", "applied": "from_s", "removed": "to_s", "healed": "to_s"}
    for row in rows:
        name = str(row.get("fault") or row.get("name") or "")
        if not name:
            continue
        fault = found.setdefault(name, {"name": name, "edge": "", "kind": ""})
        fault.update({key: row[key] for key in ("edge", "kind", "describe", "evidence") if row.get(key)})
        event = str(row.get("event", "")).replace(" ", "_")
        if event in moments and isinstance(row.get("at_ns"), int):
            fault.setdefault(moments[event], row["at_ns"] / 1e9)
        if event in ("removed", "healed"):
            fault["healed"] = True
        if event == "seen" and row.get("in_force") is not None:
            fault["in_force"] = row["in_force"]
    return tuple(FaultSummary.model_validate(fault) for fault in found.values())


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
