"""Saved runs: listed, opened, and two of them beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isinf
from pathlib import Path
from typing import Any

from harness.errors import BadInput, HarnessError
from harness.experiment.compared import FOLDER, Compared
from harness.experiment.saved import compare_saved
from harness.experiment.weigh import Weighing
from harness.report import write_report
from harness.report.words import quantity
from harness.results import MetricComparison, RunFolder, RunReader, Status, Summary, list_runs, summary_of

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


def compared(reports: Path, base: str, candidate: str, kept: dict[tuple[str, str], Compared]) -> Mapping[str, Any]:
    """Two runs, judged as `harness compare` does, once: `kept` remembers, so that a page that is loaded anew makes no second folder.
    Raises BadInput where one is none."""
    folders = [RunFolder(run_folder(reports, name)) for name in (base, candidate)]
    old, new = (summary_of(RunReader.open(folder)) for folder in folders)
    if (base, candidate) not in kept:
        kept[base, candidate] = compare_saved(folders[:1], folders[1:], (base, candidate), Weighing(), reports=reports)
    found = kept[base, candidate]
    document = found.document
    return {
        "title": document.title or f"{new.scenario}: two runs",
        "verdict": str(document.verdict),
        "lines": list(document.why[:4]),
        "base": base,
        "candidate": candidate,
        "comparison": found.folder.name,
        "notes": list(_notes(old, new)),
        "void": [one.void for one in document.pairs if one.void],
        "rows": [_metric(one) for one in document.metrics if one.base is not None or one.candidate is not None],
    }


def comparison_folder(reports: Path, name: str) -> Path:
    """By its whole name alone. Raises BadInput."""
    root = reports / FOLDER
    found = next((path for path in (root.iterdir() if root.is_dir() else ()) if path.name == name), None)
    if found is None:
        raise BadInput("There is no such comparison.", "Pick two runs from the list.")
    return found


def _notes(old: Summary, new: Summary) -> Iterator[str]:
    if old.scenario != new.scenario:
        yield f"They ran different scenarios: {old.scenario} and {new.scenario}."
    if old.target != new.target:
        yield f"They ran against different targets: {old.target} and {new.target}."
    for one in (old, new):
        if one.status is not Status.COMPLETE:
            yield f"{one.run} did not come to its end ({one.status}): nothing of it is compared."


def _metric(one: MetricComparison) -> dict[str, Any]:
    tones = {"regressed": "fail", "improved": "pass", "equivalent": "pass"}
    return {
        "operation": one.operation,
        "figure": " ".join(part for part in (one.metric, one.subject) if part),
        "base": quantity(one.base, one.unit),
        "candidate": quantity(one.candidate, one.unit),
        "change": "–" if one.effect is None or isinf(one.effect) else f"{one.effect:+.1%}",
        "verdict": str(one.judgement),
        "tone": tones.get(str(one.judgement), "unknown"),
        "why": one.why,
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
    empty |= {"errors": None, "has_report": False, "status": "unreadable", "origin": "", "why": ""}
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
            "why": record.why,
            "p99": "Infinity" if p99 == float("inf") else p99,
            "errors": errors,
        }
    except HarnessError as error:
        return {**empty, "title": error.what}


def _origin(by: str, why: str) -> str:
    return f"{by}: {why}" if why else by
