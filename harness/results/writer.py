"""Writes a run folder while the run goes. The parent alone holds one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace as replaced
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harness.errors import EnvironmentFailed
from harness.model.failure import Failure
from harness.model.phase import PhaseWindow
from harness.model.probe import Sample
from harness.model.window import Window
from harness.results.disk import append, replace
from harness.results.folder import RunFolder
from harness.results.marks import Mark, append_mark
from harness.results.masking import Mask
from harness.results.record import RunRecord, Status
from harness.results.schemas import (
    FAILURES,
    HISTORY,
    SAMPLES,
    TIMINGS,
    WINDOWS,
    failures_batch,
    history_batch,
    samples_batch,
    timings_batch,
    windows_batch,
)
from harness.results.stream import ArrowStream

_ROOM = 65_536  # bytes held while a run goes, for its last word on a full disk


class RunWriter:
    """Every method raises EnvironmentFailed when the disk refuses; what was written before stays readable. `mask` keeps secrets out."""

    def __init__(self, folder: RunFolder, record: RunRecord, mask: Mask | None = None) -> None:
        self.folder = folder
        self.record = record
        self._mask = mask or Mask()
        self._history_rows = 0
        self._windows = self._begin()
        self._history: ArrowStream | None = None  # made with its first row: a run without an audit has none
        self._failures: ArrowStream | None = None  # the same
        self._timings: ArrowStream | None = None
        self._samples: ArrowStream | None = None

    def update(self, **changes: Any) -> None:
        """Change fields of `run.json`, such as `zero` or `versions`, in one step."""
        self.record = self.record.model_copy(update=changes)
        self._write_record()

    def windows(self, windows: Iterable[Window]) -> None:
        """Append windows; rows with equal keys add up when read."""
        self._windows.add(windows_batch(windows))

    def failures(self, failures: Iterable[Failure]) -> None:
        """Append what failed requests said; rows with equal keys add up when read."""
        rows = [replaced(one, text=self._mask.text(one.text)) for one in failures]
        if rows and self._failures is None:
            self._failures = ArrowStream(self.folder.file("failures.arrows"), FAILURES)
        if self._failures is not None:
            self._failures.add(failures_batch(rows))

    def timings(self, timings: Iterable[PhaseWindow]) -> None:
        """Append how long phases of requests took; rows with equal keys add up when read."""
        if self._timings is None:
            self._timings = ArrowStream(self.folder.file("timings.arrows"), TIMINGS)
        self._timings.add(timings_batch(timings))

    def samples(
        self, start_ns: Sequence[int], operation: Sequence[str], outcome: Sequence[str], latency_us: Sequence[int]
    ) -> None:
        """Append requests, a row each: columns of `SAMPLES`."""
        if self._samples is None:
            self._samples = ArrowStream(self.folder.file("samples.arrows"), SAMPLES)
        self._samples.add(samples_batch(start_ns, operation, outcome, latency_us))

    def history(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Append rows of the audit's history (columns of `HISTORY`). Raises ValueError for an unknown column."""
        masked = [{name: self._mask.value(cell) for name, cell in row.items()} for row in rows]
        if not masked:
            return
        if self._history is None:
            self._history = ArrowStream(self.folder.file("history.arrows"), HISTORY)
        self._history.add(history_batch(masked, self._history_rows))
        self._history_rows += len(masked)

    def fault(self, row: Mapping[str, object]) -> None:
        """Append one line to `faults.jsonl`."""
        self._line("faults.jsonl", row)

    def finding(self, row: Mapping[str, object]) -> None:
        """Append one line to `findings.jsonl`."""
        self._line("findings.jsonl", row)

    def mark(self, mark: Mark) -> None:
        """Append a note on the timeline to `marks.jsonl`."""
        append_mark(self.folder, mark, self._mask)

    def probe(self, sample: Sample) -> None:
        """Append one line to `probes.jsonl`."""
        self._line("probes.jsonl", sample.to_row())

    def document(self, name: str, document: BaseModel | Mapping[str, object]) -> None:
        """Write a JSON document, such as `summary.json`, in one step."""
        plain = json.loads(document.model_dump_json()) if isinstance(document, BaseModel) else document
        replace(self.folder.file(name), _json(self._mask.value(plain), indent=2))

    def finish(self, status: Status, *, ended: str, why: str = "") -> None:
        """Turn the streams into Parquet, then mark the run. Only a run whose tables are safe is called complete."""
        self._windows.into_parquet(self.folder.file("windows.parquet"))
        if self._history is not None:
            self._history.into_parquet(self.folder.file("history.parquet"))
        if self._failures is not None:
            self._failures.into_parquet(self.folder.file("failures.parquet"))
        if self._timings is not None:
            self._timings.into_parquet(self.folder.file("timings.parquet"))
        if self._samples is not None:
            self._samples.into_parquet(self.folder.file("samples.parquet"))
        self.update(status=status, ended=ended, why=why)
        self._room.unlink(missing_ok=True)

    def mark_unfinished(self, status: Status, *, ended: str, why: str) -> None:
        """Say in `run.json` how it ended where `finish` failed; on a full disk in the room that was held for that."""
        with suppress(OSError):
            self._room.unlink(missing_ok=True)
        self.update(status=status, ended=ended, why=why)

    def _begin(self) -> ArrowStream:
        """All that makes a folder a run, or nothing."""
        windows = self.folder.file("windows.arrows")
        try:
            self._write_record()
            replace(self._room, bytes(_ROOM))
            return ArrowStream(windows, WINDOWS)
        except EnvironmentFailed:
            for made in (self._room, self.folder.file("run.json"), windows):
                made.unlink(missing_ok=True)
            raise

    @property
    def _room(self) -> Path:
        return self.folder.file(".room")

    def _line(self, name: str, row: Mapping[str, object]) -> None:
        append(self.folder.file(name), _json(self._mask.value(row)))

    def _write_record(self) -> None:
        replace(self.folder.file("run.json"), _json(self._mask.value(self.record.model_dump(mode="json")), indent=2))


def _json(value: object, indent: int | None = None) -> bytes:
    text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, allow_nan=False, default=str)
    return (text + "\n").encode(errors="backslashreplace")  # half a surrogate pair, from a fuzzed string, is no UTF-8


def _finite(value: object) -> object:
    """JSON knows no infinity and no NaN: the first becomes the text that `Summary` reads back, the second null."""
    if isinstance(value, float) and not isfinite(value):
        return None if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value
