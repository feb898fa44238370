"""The columns of the run folder's tables. They only grow; `FORMAT` rises when a reader of today would misread a folder of tomorrow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import pyarrow as pa

from harness.model.failure import Failure
from harness.model.histogram import LAYOUT
from harness.model.phase import PhaseWindow
from harness.model.window import WIDTH_NS, Window

FORMAT = 1

_BINS, _COUNTS = pa.list_(pa.int32()), pa.list_(pa.int64())

WINDOWS = pa.schema(
    [
        ("start_ns", pa.int64()),
        ("width_ns", pa.int64()),
        ("operation", pa.string()),
        ("outcome", pa.string()),
        ("stage", pa.string()),
        ("n", pa.int64()),
        ("bytes", pa.int64()),
        ("latency_bins", _BINS),
        ("latency_counts", _COUNTS),
        ("service_bins", _BINS),
        ("service_counts", _COUNTS),
        ("latency_infinite", pa.int64()),
    ],
    metadata={"format": str(FORMAT), "layout": LAYOUT, "width_ns": str(WIDTH_NS), "rows": "rows with equal keys add"},
)

LATENCIES = pa.schema([kind for kind in WINDOWS if not kind.name.startswith("service_")], metadata=WINDOWS.metadata)
"""The columns of `WINDOWS` without service times."""

FAILURES = pa.schema(
    [
        ("start_ns", pa.int64()),
        ("width_ns", pa.int64()),
        ("operation", pa.string()),
        ("outcome", pa.string()),
        ("text", pa.string()),
        ("n", pa.int64()),
    ],
    metadata={"format": str(FORMAT), "rows": "rows with equal keys add", "text": "without numbers, ids and secrets"},
)

TIMINGS = pa.schema(
    [
        ("start_ns", pa.int64()),
        ("width_ns", pa.int64()),
        ("operation", pa.string()),
        ("phase", pa.string()),
        ("bins", _BINS),
        ("counts", _COUNTS),
    ],
    metadata={"format": str(FORMAT), "layout": LAYOUT, "width_ns": str(WIDTH_NS), "rows": "rows with equal keys add"},
)

SAMPLES = pa.schema(
    [("start_ns", pa.int64()), ("operation", pa.string()), ("outcome", pa.string()), ("latency_us", pa.int64())],
    metadata={"format": str(FORMAT), "start_ns": "intended start since zero", "latency_us": "-1: it never ended"},
)

ADDED = ("operation", "method")
"""Columns of `HISTORY` that runs of before lack; they read as empty."""

HISTORY = pa.schema(
    [
        ("index", pa.int64()),
        ("process", pa.string()),
        ("type", pa.string()),
        ("f", pa.string()),
        ("key", pa.string()),
        ("value", pa.string()),
        ("invoke_ns", pa.int64()),
        ("complete_ns", pa.int64()),
        ("path", pa.string()),
        ("status", pa.int32()),
        ("error", pa.string()),
        ("stage", pa.string()),
        ("fault", pa.string()),
        ("operation", pa.string()),
        ("method", pa.string()),
    ],
    metadata={"format": str(FORMAT), "types": "ok: it happened; fail: it did not; info: the client cannot know"},
)


def windows_batch(windows: Iterable[Window]) -> pa.RecordBatch:
    """One batch with a row per window."""
    rows = list(windows)
    columns = [
        [w.start_ns for w in rows],
        [w.width_ns for w in rows],
        [w.operation for w in rows],
        [w.outcome.value for w in rows],
        [w.stage for w in rows],
        [w.n for w in rows],
        [w.bytes for w in rows],
        [w.latency.bins for w in rows],
        [w.latency.counts for w in rows],
        [w.service.bins for w in rows],
        [w.service.counts for w in rows],
        [w.latency.infinite for w in rows],
    ]
    arrays = [pa.array(column, type=kind.type) for column, kind in zip(columns, WINDOWS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=WINDOWS)


def failures_batch(failures: Iterable[Failure]) -> pa.RecordBatch:
    """One batch with a row per failure."""
    return pa.RecordBatch.from_pylist([asdict(one) for one in failures], schema=FAILURES)


def samples_batch(
    start_ns: Sequence[int], operation: Sequence[str], outcome: Sequence[str], latency_us: Sequence[int]
) -> pa.RecordBatch:
    """One batch with a row per request."""
    columns = (start_ns, operation, outcome, latency_us)
    arrays = [pa.array(column, type=kind.type) for column, kind in zip(columns, SAMPLES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SAMPLES)


def timings_batch(timings: Iterable[PhaseWindow]) -> pa.RecordBatch:
    """One batch with a row per operation, phase and window."""
    rows = [
        {
            **{name: getattr(one, name) for name in ("start_ns", "width_ns", "operation", "phase")},
            "bins": one.took.bins,
            "counts": one.took.counts,
        }
        for one in timings
    ]
    return pa.RecordBatch.from_pylist(rows, schema=TIMINGS)


def history_batch(rows: Iterable[Mapping[str, object]], first_index: int) -> pa.RecordBatch:
    """One batch of history rows; a missing text is empty, `value` becomes JSON text. Raises ValueError for a column nobody knows."""
    known = {kind.name: ("" if pa.types.is_string(kind.type) else 0) for kind in HISTORY}
    whole = []
    for index, row in enumerate(rows, first_index):
        if unknown := row.keys() - known.keys():
            raise ValueError(f"a history row has {sorted(unknown)}, which no column of `HISTORY` holds; add the column")
        value = row.get("value", "")
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        whole.append({**known, "index": index, **row, "value": text})
    return pa.RecordBatch.from_pylist(whole, schema=HISTORY)
