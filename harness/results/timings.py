"""The phases of requests, added up for the summary."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyarrow as pa

from harness.model.histogram import Histogram
from harness.model.phase import Phase
from harness.model.window import Outcome
from harness.results.parts import ALL, quantiles_of
from harness.results.series import Series, Stretch
from harness.results.summary import Timing

_ANSWERED = frozenset(outcome for outcome in Outcome if outcome.is_answer)


def timings_of(table: pa.Table, whole: Sequence[Stretch], answered: Collection[str] = ()) -> tuple[Timing, ...]:
    """From a table with the columns of `TIMINGS`: all operations and then each by name, of the windows wholly inside a stretch.

    `answered` operations must have a first byte: those without one are told as not measured. Without rows and them there is nothing.
    """
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
    missing = sorted(name for name in answered if (name, Phase.WAITING.value) not in merged)
    told = tuple(
        _timing(name, {phase: merged.get((name, phase.value), Histogram()) for phase in Phase})
        for name in names
        if name not in missing
    )
    return told + tuple(Timing(operation=name, measured=False) for name in missing)


def answered_of(series: Series, whole: Sequence[Stretch]) -> frozenset[str]:
    """The operations that got an answer in some stretches."""
    return frozenset(
        name
        for name, mine in series.during(whole).by_operation().items()
        if any(mine.counts().get(one) for one in _ANSWERED)
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
