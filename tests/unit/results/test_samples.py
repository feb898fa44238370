"""A row per request, read as windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadDocument
from harness.model.histogram import Histogram, bin_of
from harness.results import RunFolder, RunReader, RunRecord, Series
from harness.results.disk import replace
from harness.results.samples import SAMPLES, read_samples, windows_of

rows = st.lists(
    st.tuples(
        st.integers(0, 3_000_000_000),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["ok", "5xx"]),
        st.integers(-1, 2**31 - 1),
    ),
    max_size=60,
)


def _table(samples: list[tuple[int, str, str, int]]) -> pa.Table:
    columns = list(zip(*samples, strict=True)) or [(), (), (), ()]
    return pa.Table.from_arrays(
        [pa.array(c, kind.type) for c, kind in zip(columns, SAMPLES, strict=True)], schema=SAMPLES
    )


@given(rows)
def test_nothing_is_lost_or_moved(samples: list[tuple[int, str, str, int]]) -> None:
    """Each request is in the window of its start, in the bin that the model puts it in; -1 never ended."""
    series = Series.of(pa.Table.from_batches([windows_of(_table(samples))]))
    assert series.total == len(samples)
    for name in ("a", "b"):
        mine = [(at, outcome, micros) for at, operation, outcome, micros in samples if operation == name]
        counts: dict[int, int] = {}
        for _, _, micros in mine:
            if micros >= 0:
                counts[bin_of(micros)] = counts.get(bin_of(micros), 0) + 1
        found = series.only(name)
        assert found.histogram() == Histogram.of(counts, sum(micros < 0 for _, _, micros in mine))
        assert found.errors == sum(outcome == "5xx" for _, outcome, _ in mine)
        first = series.during([(0, 250_000_000)]).only(name).total
        assert first == sum(at < 250_000_000 for at, _, _ in mine)


def test_a_folder_with_samples_only_is_read(tmp_path: Path) -> None:
    """In slices; a truncated file is an error that names it."""
    record = RunRecord(run="r", scenario_name="s", target="t", started="2026-11-25T12:00:00Z")
    replace(tmp_path / "run.json", record.model_dump_json().encode())
    pq.write_table(_table([(1, "a", "ok", 1500), (2, "b", "5xx", -1)]), tmp_path / "samples.parquet")
    series = RunReader.open(RunFolder(tmp_path)).windows()
    assert (series.total, series.errors, series.histogram().infinite) == (2, 1, 1)
    (tmp_path / "samples.parquet").write_bytes((tmp_path / "samples.parquet").read_bytes()[:50])
    with pytest.raises(BadDocument, match=r"samples\.parquet"):
        RunReader.open(RunFolder(tmp_path)).windows()


def test_reading_them_imports_no_pandas(tmp_path: Path) -> None:
    """pyarrow imports it where it makes an array of its own accord: a third of the memory of a comparison."""
    path = tmp_path / "samples.parquet"
    pq.write_table(_table([(0, "a", "ok", 1000), (300_000_000, "b", "5xx", -1)]), path)
    code = "import sys; from pathlib import Path; from harness.results.samples import read_samples"
    code += "; print(read_samples(Path(sys.argv[1])).num_rows, 'pandas' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(read_samples(path).num_rows), "False"]
