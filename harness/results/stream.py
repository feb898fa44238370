"""An Arrow IPC stream that grows batch by batch, and its end as a Parquet file.

A Parquet file or an Arrow *file* without its footer is lost to SIGKILL; of a *stream* every whole batch can be read.
Format: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format (a schema message, then batch messages, concatenated).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.results.disk import append, writing

_ROWS = 250_000  # of a row group
_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"


class ArrowStream:
    """Appends batches of one schema. Each batch lands whole or not at all."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        append(path, bytes(schema.serialize()))

    def add(self, batch: pa.RecordBatch) -> None:
        """Append one batch. Raises EnvironmentFailed."""
        if batch.num_rows:
            append(self.path, bytes(batch.serialize()))

    def into_parquet(self, path: Path) -> None:
        """End the stream, turn it into `path` in one step, and remove it."""
        append(self.path, _END)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with writing(path):
                with pq.ParquetWriter(part, self.schema, compression="zstd") as out:
                    for table in _tables(self.path):
                        out.write_table(table)
                part.replace(path)
                self.path.unlink()
        finally:
            part.unlink(missing_ok=True)


def _tables(path: Path) -> Iterator[pa.Table]:
    """A whole stream, so many rows at a time that memory does not grow with it."""
    batches: list[pa.RecordBatch] = []
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        for batch in reader:
            batches.append(batch)
            if sum(one.num_rows for one in batches) >= _ROWS:
                yield pa.Table.from_batches(batches, reader.schema)
                batches = []
        yield pa.Table.from_batches(batches, reader.schema)


def read_stream(path: Path, schema: pa.Schema) -> tuple[pa.Table, bool]:
    """All whole batches of a stream that may be cut anywhere, and whether it was uncut. Raises OSError where it can't be opened."""
    batches: list[pa.RecordBatch] = []
    data = pa.py_buffer(path.read_bytes())
    try:
        reader = pa.ipc.open_stream(data)
        if reader.schema.names != schema.names and not set(schema.names) <= set(reader.schema.names):
            return schema.empty_table(), False
        while True:
            batches.append(reader.read_next_batch())
    except StopIteration:
        return pa.Table.from_batches(batches, reader.schema), bytes(data[-len(_END) :]) == _END
    except (pa.ArrowInvalid, OSError):  # cut in the middle of a message; pyarrow has one or the other for it
        return pa.Table.from_batches(batches, schema) if batches else schema.empty_table(), False
