"""Saved runs: listed, opened, and two of them beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import BadInput, HarnessError
from harness.report import write_report
from harness.results import RunFolder, RunReader, Status, Summary, list_runs, summary_of

SHOWN = 100


def listed(reports: Path) -> Mapping[str, Any]:
    """The newest runs first."""
    folders = list_runs(reports / "runs")[::-1]
    return {
        "folder": reports.name,
        "runs": [_row(folder) for folder in folders[:SHOWN]],
        "more": max(0, len(folders) - SHOWN),
    }


def run_folder(reports: Path, name: str, *, fresh: bool = False) -> Path:
    """The folder of a run, by its whole name alone: a name that comes over the network is no path. `fresh` rebuilds the report of
    a run that goes on. Raises BadInput."""
    folder = next((one for one in list_runs(reports / "runs") if one.name == name), None)
    if folder is None:
        raise BadInput("There is no such run.", "Look at the list of runs.")
    if fresh:
        reader = RunReader.open(folder)
        if reader.record.status is Status.RUNNING or not folder.file("report.html").is_file():
            write_report(reader)
    return folder.path


def compared(reports: Path, base: str, candidate: str) -> Mapping[str, Any]:
    """Figures of two runs. Raises BadInput where one is none."""
    if base == candidate:
        raise BadInput("A run compared with itself tells nothing.", "Pick two different ones.")
    old, new = (summary_of(RunReader.open(RunFolder(run_folder(reports, name)))) for name in (base, candidate))
    return {
        "title": f"{new.scenario}: {base[:16]} and {candidate[:16]}",
        "verdict": "",
        "lines": [],
        "base": base,
        "candidate": candidate,
        "notes": list(_notes(old, new)),
        "rows": list(_rows(old, new)),
    }


def _notes(old: Summary, new: Summary) -> Iterator[str]:
    if old.scenario != new.scenario:
        yield f"They ran different scenarios: {old.scenario} and {new.scenario}."
    if old.target != new.target:
        yield f"They ran against different targets: {old.target} and {new.target}."
    for one in (old, new):
        if one.status is not Status.COMPLETE:
            yield f"{one.run} did not come to its end ({one.status}): its figures are of a part of the load."


def _rows(old: Summary, new: Summary) -> Iterator[dict[str, Any]]:
    from harness.report.words import count, millis, rate

    before = {one.name: one for one in old.operations}
    for one in new.operations:
        if (was := before.get(one.name)) is None:
            continue
        yield _pair(one.name, "rate", was.rate, one.rate, lambda value: f"{rate(value)}/s")
        yield _pair(one.name, "errors", was.errors, one.errors, count)
        for key in ("p50", "p99"):
            yield _pair(one.name, key, getattr(was.latency_ms, key), getattr(one.latency_ms, key), millis)


def _pair(operation: str, figure: str, was: float | None, now: float | None, show: Any) -> dict[str, Any]:
    change = f"{(now - was) / was:+.1%}" if was and now is not None and was != float("inf") else "–"
    return {
        "operation": operation,
        "figure": figure,
        "base": show(was),
        "candidate": show(now),
        "change": change,
        "verdict": "",
        "tone": "note",
        "why": "",
    }


def _row(folder: RunFolder) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "name": folder.name,
        "scenario": folder.name,
        "started": "",
        "target": "",
        "verdict": "unknown",
        "title": "",
        "p99": None,
    }
    empty |= {"errors": None, "has_report": False, "status": "unreadable", "origin": ""}
    try:
        reader = RunReader.open(folder)
        summary = reader.summary()
        record = reader.record
        report = folder.file("report.html").is_file()
        row = {
            **empty,
            "scenario": record.scenario_name,
            "started": record.started,
            "target": record.target,
            "status": str(record.status),
        }
        row |= {"has_report": report, "origin": _origin(record.origin.by, record.origin.why) if record.origin else ""}
        if summary is None:
            return {**row, "title": record.why or "no summary: it is running, or was killed"}
        p99 = summary.overall.latency_ms.p99 if summary.overall else None
        errors = summary.overall.errors if summary.overall else None
        return {
            **row,
            "verdict": str(summary.verdict),
            "title": summary.title,
            "p99": "Infinity" if p99 == float("inf") else p99,
            "errors": errors,
        }
    except HarnessError as error:
        return {**empty, "title": error.what}


def _origin(by: str, why: str) -> str:
    return f"{by}: {why}" if why else by
