"""Reads a run folder: a complete one, one that is being written, and what a crash left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from harness.errors import BadDocument, BadInput
from harness.model.probe import Sample
from harness.results.comparison import Comparison
from harness.results.folder import RunFolder
from harness.results.marks import Mark
from harness.results.record import RunRecord, Status
from harness.results.samples import read_samples
from harness.results.schemas import ADDED, FAILURES, FORMAT, HISTORY, LATENCIES, TIMINGS, WINDOWS
from harness.results.series import Series
from harness.results.stream import read_stream
from harness.results.summary import Summary

_Model = TypeVar("_Model", bound=BaseModel)
_Noun = TypeVar("_Noun")
_REMEDY = "Run the scenario again, or read another run: harness runs ls"


class RunReader:
    """Opened by `RunReader.open`. `problems` says in sentences what is missing; a run without any is whole."""

    def __init__(self, folder: RunFolder, record: RunRecord) -> None:
        self.folder = folder
        self.record = record
        self._problems: dict[str, str] = {}
        self._read: set[str] = set()

    @classmethod
    def open(cls, path: Path | RunFolder) -> RunReader:
        """Raises BadInput for a folder that is none or was written by a newer version, BadDocument for a garbled `run.json`."""
        folder = path if isinstance(path, RunFolder) else RunFolder(path)
        file = folder.file("run.json")
        if not file.is_file():
            raise BadInput(f"{folder.path} is no run folder: it has no run.json.", "List the runs: harness runs ls")
        return cls(folder, _document(file, RunRecord))

    @property
    def is_complete(self) -> bool:
        """Whether the run came to its own end and its tables are whole."""
        return self.record.status in (Status.COMPLETE, Status.STOPPED) and not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What is missing or cut, in sentences; known for a table once it was read."""
        if "windows" not in self._read:
            self._table("windows", WINDOWS, required=True)
        return tuple(self._problems.values())

    def windows(self) -> Series:
        """The windows; those of the whole batches when the run was cut."""
        return Series.of(self._table("windows", WINDOWS, required=True))

    def latencies(self) -> Series:
        """The windows without their service times, which take as long to read as all the rest: for reports, which show latency."""
        return Series.of(self._table("windows", LATENCIES, required=True))

    def windows_table(self) -> pa.Table:
        """The windows as an Arrow table with the columns of `WINDOWS`."""
        return self._table("windows", WINDOWS, required=True)

    def history(self) -> list[dict[str, object]]:
        """The audit's history, a dict per request; empty where none was recorded."""
        rows: list[dict[str, object]] = self._table("history", HISTORY, required=False).to_pylist()
        return rows

    def failures(self) -> pa.Table:
        """What failed requests said, with the columns of `FAILURES`; empty where none did, or the run is older than that."""
        return self._table("failures", FAILURES, required=False)

    def timings(self) -> pa.Table:
        """How long phases of requests took, with the columns of `TIMINGS`; empty where the scenario did not ask."""
        return self._table("timings", TIMINGS, required=False)

    def faults(self) -> list[dict[str, object]]:
        """The lines of `faults.jsonl`."""
        return list(self._lines("faults.jsonl"))

    def findings(self) -> list[dict[str, object]]:
        """The lines of `findings.jsonl`."""
        return list(self._lines("findings.jsonl"))

    def marks(self) -> list[Mark]:
        """The notes of `marks.jsonl`, in order of time."""
        return sorted(self._nouns("marks.jsonl", Mark.from_row), key=lambda mark: mark.t_ns)

    def samples(self) -> list[Sample]:
        """The samples of `probes.jsonl`, in order of time."""
        return sorted(self._nouns("probes.jsonl", Sample.from_row), key=lambda one: one.t_ns)

    def summary(self) -> Summary | None:
        """`summary.json`, or None where the run ended before it was written. Raises BadDocument where it is garbled."""
        file = self.folder.file("summary.json")
        return _document(file, Summary) if file.is_file() else None

    def _table(self, name: str, schema: pa.Schema, *, required: bool) -> pa.Table:
        self._read.add(name)
        parquet, arrows = self.folder.file(f"{name}.parquet"), self.folder.file(f"{name}.arrows")
        if parquet.is_file():
            try:
                return _known(_parquet(parquet, schema), schema, parquet)
            except (pa.ArrowInvalid, OSError) as error:
                raise BadDocument(f"The table can't be read: {_first_line(error)}", _REMEDY, path=parquet) from error
        if arrows.is_file():
            table, whole = read_stream(arrows, schema)
            if not whole:
                self._problems[name] = (
                    f"{arrows.name} has no end: the run did not finish writing it; {table.num_rows:,} rows of it were read."
                )
            return _known(table, schema, arrows)
        if name == "windows" and (samples := self.folder.file("samples.parquet")).is_file():
            try:
                return read_samples(samples)
            except (pa.ArrowInvalid, OSError, KeyError) as error:
                raise BadDocument(f"The table can't be read: {_first_line(error)}", _REMEDY, path=samples) from error
        if required:
            self._problems[name] = f"There is no {parquet.name}: the run ended before any load."
        return schema.empty_table()

    def _lines(self, name: str) -> Iterator[dict[str, object]]:
        file = self.folder.file(name)
        lines = file.read_text(errors="replace").split("\n") if file.is_file() else []
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                yield json.loads(line)
            except ValueError:
                if number != len(lines):  # only the last line can be cut; a garbled one in the middle is something else
                    raise BadDocument("The line is no JSON.", _REMEDY, path=file, line=number) from None
                self._problems[name] = f"The last line of {name} is cut off."

    def _nouns(self, name: str, read: Callable[[dict[str, object]], _Noun]) -> Iterator[_Noun]:
        for number, row in enumerate(self._lines(name), 1):
            try:
                yield read(row)
            except (KeyError, ValueError, TypeError) as error:
                what = f"The line is garbled: {type(error).__name__} {_first_line(error)}."
                raise BadDocument(what, _REMEDY, path=self.folder.file(name), line=number) from error


def read_comparison(folder: RunFolder) -> Comparison:
    """The comparison in a folder. Raises BadInput for one of a newer version, BadDocument for a garbled one."""
    return _document(folder.file("comparison.json"), Comparison)


def _parquet(path: Path, schema: pa.Schema) -> pa.Table:
    """The columns of `schema` that the file has; what it lacks is told by `_known`.

    Not `pq.read_table`: it imports pyarrow's datasets, and they pandas, which takes longer than reading.
    """
    with pq.ParquetFile(path) as file:
        return file.read(columns=[name for name in schema.names if name in set(file.schema_arrow.names)])


def _known(table: pa.Table, schema: pa.Schema, path: Path) -> pa.Table:
    written = (table.schema.metadata or {}).get(b"format", b"1")
    if written.isdigit() and int(written) > FORMAT:
        raise _too_new(path, int(written))
    missing = set(schema.names) - set(table.schema.names)
    if schema is HISTORY:
        for name in missing & set(ADDED):
            table = table.append_column(name, pa.array([""] * table.num_rows, pa.string()))
        missing -= set(ADDED)
    if missing:
        raise BadDocument(f"The table lacks the columns {sorted(missing)}.", _REMEDY, path=path)
    return table.select(schema.names)


def _document(file: Path, model: type[_Model]) -> _Model:
    try:
        document = json.loads(file.read_bytes())
        written = document["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadDocument(
            f"It is no document of a run: {_first_line(error) or 'empty'}.", _REMEDY, path=file
        ) from error
    if not isinstance(written, int) or written > FORMAT:
        raise _too_new(file, written)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadDocument(f"`{place}` is garbled: {first['msg']}.", _REMEDY, path=file) from error


def _too_new(path: Path, written: int) -> BadInput:
    return BadInput(
        f"{path} has format {written}; this version reads formats up to {FORMAT}.",
        "Upgrade the harness, or read the run with the version that wrote it (`versions` in run.json).",
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
