"""The phases of requests, added up for the summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from harness.model.histogram import Histogram
from harness.model.phase import Phase
from harness.results.parts import ALL, quantiles_of
from harness.results.series import Stretch
from harness.results.summary import Timing


def timings_of(table: pa.Table, whole: Sequence[Stretch]) -> tuple[Timing, ...]:
    """From a table with the columns of `TIMINGS`: all operations and then each by name, of the windows wholly inside a stretch; none without rows."""
    kinds: dict[tuple[str, str], dict[int, int]] = {}
    for batch in table.to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            if any(start <= row["start_ns"] and row["start_ns"] + row["width_ns"] <= end for start, end in whole):
                _add(
                    kinds.setdefault((row["operation"], row["phase"]), {}), zip(row["bins"], row["counts"], strict=True)
                )
                _add(kinds.setdefault((ALL, row["phase"]), {}), zip(row["bins"], row["counts"], strict=True))
    merged = {key: Histogram.of(counts) for key, counts in kinds.items()}
    names = sorted({name for name, _ in merged}, key=lambda name: (name != ALL, name))
    return tuple(
        _timing(name, {phase: merged.get((name, phase.value), Histogram()) for phase in Phase}) for name in names
    )


def _add(total: dict[int, int], counts: Iterable[tuple[int, int]]) -> None:
    for bin_, n in counts:
        total[bin_] = total.get(bin_, 0) + n


def _timing(name: str, took: dict[Phase, Histogram]) -> Timing:
    return Timing(
        operation=name,
        connections=took[Phase.CONNECTING].n,
        connecting_ms=quantiles_of(took[Phase.CONNECTING]),
        tls_handshaking_ms=quantiles_of(took[Phase.TLS]),
        waiting_ms=quantiles_of(took[Phase.WAITING]),
    )
