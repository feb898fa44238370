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
from harness.results.series import column, ints

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
    latency = _lists(offsets, column(bins[finite], np.int32)), _lists(offsets, column(counts[finite]))
    empty = np.zeros(len(rows) + 1)
    nothing = _lists(empty, column(np.zeros(0), np.int32)), _lists(empty, column(np.zeros(0)))
    columns = [
        column((rows // max(1, len(outcomes)) // max(1, len(names))) * WIDTH_NS),
        column(np.full(len(rows), WIDTH_NS)),
        names.take(column(rows // max(1, len(outcomes)) % max(1, len(names)))),
        outcomes.take(column(rows % max(1, len(outcomes)))),
        pa.StringArray.from_buffers(len(rows), pa.py_buffer(np.zeros(len(rows) + 1, np.int32)), pa.py_buffer(b"")),
        column(n),
        column(np.zeros(len(rows))),
        *latency,
        *nothing,
        column(infinite),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=WINDOWS)


def _bins(micros: Ints) -> Ints:
    """`bin_of` for many at once."""
    value = np.clip(micros, 0, MAX_MICROS)
    _, bits = np.frexp(value.astype(np.float64))
    shift = np.maximum(0, bits.astype(np.int64) - 11)
    return (shift << 10) + (value >> shift)


def _coded(named: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    whole = named.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], whole.type)
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return coded.dictionary.cast(pa.string()), ints(coded.indices)


def _lists(offsets: npt.NDArray[np.generic], values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(column(offsets, np.int32), values)
