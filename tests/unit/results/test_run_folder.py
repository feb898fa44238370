"""Writing and reading a run: whole, cut anywhere, from the future, garbled, on a full disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadDocument, BadInput, EnvironmentFailed
from harness.model import Failure, Histogram, Outcome, Sample, Window
from harness.model.histogram import LAYOUT
from harness.results import Mark, RunFolder, RunReader, RunRecord, RunWriter, Status, append_mark, summary_of
from harness.results.disk import append

WHEN = datetime(2026, 11, 24, tzinfo=UTC)
HISTORY_ROW = {
    "process": "w0-u1",
    "type": "ok",
    "f": "place_order",
    "key": "r-0-1",
    "invoke_ns": 1,
    "complete_ns": 2,
    "status": 202,
}


def windows(count: int) -> Iterator[Window]:
    """One request per window."""
    for number in range(count):
        histogram = Histogram((100 + number,), (1,))
        yield Window(
            start_ns=number * 250_000_000,
            operation="a",
            outcome=Outcome.OK,
            stage="s",
            n=1,
            bytes=10,
            latency=histogram,
            service=histogram,
        )


def begun(root: Path) -> RunWriter:
    """A run that has just started."""
    folder = RunFolder.create(root, "demo", WHEN, "1")
    return RunWriter(
        folder, RunRecord(run=folder.name, scenario_name="demo", target="reference", started=WHEN.isoformat())
    )


def test_a_finished_run_reads_back_whole(tmp_path: Path) -> None:
    """Tables are Parquet, the streams are gone, and nothing is missing."""
    writer = begun(tmp_path)
    writer.windows(windows(4))
    writer.windows([])
    writer.failures([])
    writer.failures([Failure(start_ns=0, operation="read", outcome=Outcome.FAILED, text="Bearer abcdefgh1", n=2)])
    writer.history([HISTORY_ROW, {**HISTORY_ROW, "value": {"item": "kettle"}}])
    writer.fault({"fault": "slow", "event": "asked", "at_ns": 5})
    append_mark(writer.folder, Mark(t_ns=7, text="deployed", by="me@here"))
    writer.probe(Sample(t_ns=8, probe="queue", value=3.0))
    writer.probe(Sample(t_ns=9, probe="queue", value=None, error="refused"))
    writer.samples([5, 6], ["read", "read"], ["ok", "dropped"], [1500, -1])
    writer.samples([7], ["read"], ["ok"], [3_600_000_000])
    writer.finish(Status.COMPLETE, ended=WHEN.isoformat())
    kept = pq.read_table(writer.folder.file("samples.parquet")).to_pylist()
    assert [row["latency_us"] for row in kept] == [1500, -1, 3_600_000_000]
    reader = RunReader.open(writer.folder)
    assert reader.is_complete
    assert reader.problems == ()
    assert reader.windows().total == 4
    assert [row["index"] for row in reader.history()] == [0, 1]
    assert reader.history()[1]["value"] == '{"item": "kettle"}'
    assert [(row["text"], row["n"]) for row in reader.failures().to_pylist()] == [("Bearer [masked]", 2)]
    assert reader.faults() == [{"fault": "slow", "event": "asked", "at_ns": 5}]
    assert reader.marks() == [Mark(t_ns=7, text="deployed", by="me@here")]
    assert reader.samples() == [
        Sample(t_ns=8, probe="queue", value=3.0),
        Sample(t_ns=9, probe="queue", value=None, error="refused"),
    ]
    assert sorted(p.suffix for p in writer.folder.path.iterdir()) == [
        ".json",
        ".jsonl",
        ".jsonl",
        ".jsonl",
        ".parquet",
        ".parquet",
        ".parquet",
        ".parquet",
    ]


def test_a_history_of_before_reads(tmp_path: Path) -> None:
    """What it did not record yet is empty; a column that was always there is missed."""
    writer = begun(tmp_path)
    writer.windows(windows(1))
    writer.history([HISTORY_ROW])
    writer.finish(Status.COMPLETE, ended=WHEN.isoformat())
    file = writer.folder.file("history.parquet")
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["method", "operation"]), file)
    (row,) = RunReader.open(writer.folder).history()
    assert (row["key"], row["method"], row["operation"]) == ("r-0-1", "", "")
    pq.write_table(table.drop_columns(["key"]), file)
    with pytest.raises(BadDocument, match="lacks the columns"):
        RunReader.open(writer.folder).history()


def test_the_layout_of_histograms_stands_in_the_table(tmp_path: Path) -> None:
    """Whoever opens the Parquet file elsewhere can read the bins."""
    writer = begun(tmp_path)
    writer.windows(windows(1))
    writer.finish(Status.COMPLETE, ended="")
    assert pq.read_schema(writer.folder.file("windows.parquet")).metadata[b"layout"].decode() == LAYOUT


@settings(max_examples=30)
@given(share=st.floats(0, 1))
def test_a_stream_cut_anywhere_gives_its_whole_batches(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    """After SIGKILL at any byte the run opens, says that it is incomplete, and loses at most the batch under way."""
    writer = begun(tmp_path_factory.mktemp("run"))
    for window in windows(6):
        writer.windows([window])
    stream = writer.folder.file("windows.arrows")
    whole = stream.read_bytes()
    cut = int(len(whole) * share)
    stream.write_bytes(whole[:cut])
    reader = RunReader.open(writer.folder)
    assert not reader.is_complete
    assert "did not finish" in " ".join(reader.problems)
    read = reader.windows().total
    header = len(whole) - 6 * ((len(whole) - _header(whole)) // 6)
    assert read == max(0, (cut - header) // ((len(whole) - header) // 6))
    assert summary_of(reader).verdict == "unknown"


def _header(stream: bytes) -> int:
    """The length of the schema message."""
    return 8 + int.from_bytes(stream[4:8], "little")


def test_a_line_that_was_cut_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    """Only the last line can be cut by a crash."""
    writer = begun(tmp_path)
    writer.finding({"message": "one"})
    with writer.folder.file("findings.jsonl").open("a") as file:
        file.write('{"message": "tw')
    reader = RunReader.open(writer.folder)
    assert reader.findings() == [{"message": "one"}]
    assert "The last line of findings.jsonl is cut off." in reader.problems


def test_a_garbled_line_in_the_middle_names_file_and_line(tmp_path: Path) -> None:
    """It is no trace of a crash, so it is not skipped."""
    writer = begun(tmp_path)
    writer.folder.file("faults.jsonl").write_text('{"a": 1}\n???\n{"a": 2}\n')
    with pytest.raises(BadDocument, match=r"faults\.jsonl:2: "):
        RunReader.open(writer.folder).faults()


@pytest.mark.parametrize("name", ["run.json", "summary.json"])
def test_a_newer_format_is_refused(tmp_path: Path, name: str) -> None:
    """The message says which version to use."""
    writer = begun(tmp_path)
    writer.folder.file(name).write_text(json.dumps({"format": 99}))
    with pytest.raises(BadInput, match="format 99; this version reads formats up to 1"):
        RunReader.open(writer.folder).summary()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\x00"])
def test_a_garbled_document_is_named(tmp_path: Path, text: str) -> None:
    """Bad usage, not a traceback."""
    writer = begun(tmp_path)
    writer.folder.file("run.json").write_text(text)
    with pytest.raises(BadDocument, match=r"run\.json: "):
        RunReader.open(writer.folder)


def test_a_garbled_table_is_named(tmp_path: Path) -> None:
    """A Parquet file that is none is an error, not an empty run."""
    writer = begun(tmp_path)
    writer.folder.file("windows.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(BadDocument, match=r"windows\.parquet: The table can't be read"):
        RunReader.open(writer.folder).windows()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    """The message says how to list runs."""
    with pytest.raises(BadInput, match=r"no run\.json"):
        RunReader.open(tmp_path)


def test_an_unknown_column_of_the_history_is_refused(tmp_path: Path) -> None:
    """It would be lost in silence otherwise."""
    with pytest.raises(ValueError, match="colour"):
        begun(tmp_path).history([{**HISTORY_ROW, "colour": "red"}])


def test_a_full_disk_says_which_file_and_what_to_do() -> None:
    """/dev/full answers every write with ENOSPC."""
    with pytest.raises(EnvironmentFailed, match="No space left on device") as caught:
        append(Path("/dev/full"), b"x")
    assert "/dev/full" in caught.value.what
    assert "Free some space" in caught.value.todo


def test_what_json_cannot_say_is_written_all_the_same(tmp_path: Path) -> None:
    """Infinity becomes text, NaN null, and half a surrogate pair does not end the run."""
    writer = begun(tmp_path)
    writer.fault({"a": float("inf"), "b": float("nan"), "c": "\ud800"})
    assert RunReader.open(writer.folder).faults()[0] | {"c": ""} == {"a": "Infinity", "b": None, "c": ""}
