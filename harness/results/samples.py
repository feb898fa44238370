"""`samples.parquet`: a row per request, where somebody asked for them; read as windows, a slice of rows at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from harness.model.histogram import MAX_MICROS
from harness.model.window import WIDTH_NS
from harness.results.schemas import SAMPLES, WINDOWS
from harness.results.series import ints

SLICE = 500_000
_BIN_BITS = 15
Ints = npt.NDArray[np.int64]


def read_samples(path: Path) -> pa.Table:
    """As a table with the columns of `WINDOWS`; stage and service time are not known. Raises what pyarrow raises."""
    file = pq.ParquetFile(path, read_dictionary=["operation", "outcome"], pre_buffer=False)
    batches = [
        windows_of(pa.Table.from_batches([batch]))
        for batch in file.iter_batches(SLICE, columns=SAMPLES.names, use_threads=False)
    ]
    return pa.Table.from_batches(batches, WINDOWS) if batches else WINDOWS.empty_table()


def windows_of(samples: pa.Table) -> pa.RecordBatch:
    """The windows of some rows; rows of other slices with equal keys add."""
    names, operation = _coded(samples["operation"])
    outcomes, outcome = _coded(samples["outcome"])
    slot = ints(samples["start_ns"]) // WIDTH_NS
    micros = ints(samples["latency_us"])
    never = micros < 0
    group = (slot * max(1, len(names)) + operation) * max(1, len(outcomes)) + outcome
    entries, counts = np.unique(
        (group << _BIN_BITS) | np.where(never, (1 << _BIN_BITS) - 1, _bins(micros)), return_counts=True
    )
    key, bins = entries >> _BIN_BITS, entries & ((1 << _BIN_BITS) - 1)
    finite = bins != (1 << _BIN_BITS) - 1
    rows, first = np.unique(key, return_index=True)
    n = np.add.reduceat(counts, first) if len(first) else counts
    infinite = np.add.reduceat(np.where(finite, 0, counts), first) if len(first) else counts
    offsets = (
        np.concatenate(([0], np.cumsum(np.add.reduceat(finite.astype(np.int64), first)))) if len(first) else np.zeros(1)
    )
    latency = _lists(offsets, bins[finite], pa.int32()), _lists(offsets, counts[finite], pa.int64())
    empty = np.zeros(len(rows) + 1)
    nothing = _lists(empty, np.zeros(0), pa.int32()), _lists(empty, np.zeros(0), pa.int64())
    columns = [
        pa.array((rows // max(1, len(outcomes)) // max(1, len(names))) * WIDTH_NS),
        pa.array(np.full(len(rows), WIDTH_NS)),
        names.take(pa.array(rows // max(1, len(outcomes)) % max(1, len(names)))),
        outcomes.take(pa.array(rows % max(1, len(outcomes)))),
        pa.array([""] * len(rows), pa.string()),
        pa.array(n),
        pa.array(np.zeros(len(rows), dtype=np.int64)),
        *latency,
        *nothing,
        pa.array(infinite),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=WINDOWS)


def _bins(micros: Ints) -> Ints:
    """`bin_of` for many at once."""
    value = np.clip(micros, 0, MAX_MICROS)
    _, bits = np.frexp(value.astype(np.float64))
    shift = np.maximum(0, bits.astype(np.int64) - 11)
    return (shift << 10) + (value >> shift)


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return coded.dictionary.cast(pa.string()), ints(coded.indices)


def _lists(offsets: npt.NDArray[np.generic], values: npt.NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values).cast(kind))
