"""What the windows say over time and stretches, for a report: counts, merged histograms, quantiles, fast whatever the number of requests.

A window belongs to a stretch when it lies wholly inside. Latency quantiles are over all outcomes, unanswered and dropped arrivals included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.model.histogram import Histogram, middle_of
from harness.model.window import Outcome

if TYPE_CHECKING:
    import pandas as pd

Stretch = tuple[int, int]
"""From and to, ns since zero; the end excluded."""
Which = Literal["latency", "service"]
Ints = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

_COLUMNS = ("start_ns", "width_ns", "operation", "outcome", "n", "bytes", "infinite")
_CELLS = 20_000_000  # of a table of counts at a time, so that memory stays small
_BIN_LIMIT = 1 << 15  # above the bin of one hour (23,260)


@dataclass(frozen=True, slots=True)
class Bins:
    """The histograms of all rows laid end to end: entry i adds `count[i]` to `bin[i]` of row `row[i]`.

    There is about one entry per request where latencies differ, so each has the fewest bytes that hold it: 32 bits a row, 16 a bin, 8 a count.
    """

    row: Narrow
    bin: Narrow
    count: Narrow

    def of_rows(self, keep: npt.NDArray[np.bool_]) -> Bins:
        """The entries of the rows kept, rows numbered anew."""
        renumbered = np.cumsum(keep, dtype=np.int32) - np.int32(1)
        mine = keep[self.row]
        return Bins(renumbered[self.row[mine]], self.bin[mine], self.count[mine])

    def placed(self, place: Ints) -> Bins:
        """Row i becomes row `place[i]`; entries stay in order of rows."""
        rows = place.astype(np.int32)[self.row]
        order = np.argsort(rows, kind="stable")
        return Bins(rows[order], self.bin[order], self.count[order])

    def entries(self, keep: npt.NDArray[np.bool_]) -> Bins:
        """Those entries alone; rows keep their numbers."""
        return Bins(self.row[keep], self.bin[keep], self.count[keep])

    def stretch(self, start: int, end: int) -> Bins:
        """The entries of the rows from `start` to `end` (excluded), numbered from 0. Entries stand in order of rows."""
        first, last = np.searchsorted(self.row, (start, end))
        return Bins(self.row[first:last] - start, self.bin[first:last], self.count[first:last])


_NONE = Bins(*(np.zeros(0, dtype=np.int32) for _ in range(3)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A value per step of `step_s` from zero: `t` (s, its start), `n`, `errors`, and latency in s, an array per share that was asked for.

    A step without requests has n = 0 and NaN quantiles; one whose quantile was never answered has infinity.
    """

    step_s: float
    t: Floats
    n: Ints
    errors: Ints
    quantiles: tuple[Floats, ...]

    def frame(self) -> pd.DataFrame:
        """As a DataFrame with the columns `t`, `n`, `errors`, `q0`, `q1`..., for a notebook."""
        import pandas as pd  # takes as long to import as a report takes to draw, which needs no frame

        named = {f"q{number}": values for number, values in enumerate(self.quantiles)}
        return pd.DataFrame({"t": self.t, "n": self.n, "errors": self.errors, **named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Columns of equal length, a row per window. `operation` and `outcome` index into `names` and `outcomes`."""

    names: tuple[str, ...]
    outcomes: tuple[str, ...]
    start_ns: Ints
    width_ns: Ints
    operation: Ints
    outcome: Ints
    n: Ints
    bytes: Ints
    infinite: Ints
    latency: Bins
    service: Bins

    @classmethod
    def of(cls, table: pa.Table) -> Series:
        """From a table with the columns of `WINDOWS`, or of `LATENCIES`: then there are no service times."""
        names, operation = _coded(table["operation"])
        outcomes, outcome = _coded(table["outcome"])
        return cls(
            names=names,
            outcomes=outcomes,
            start_ns=ints(table["start_ns"]),
            width_ns=ints(table["width_ns"]),
            operation=operation,
            outcome=outcome,
            n=ints(table["n"]),
            bytes=ints(table["bytes"]),
            infinite=ints(table["latency_infinite"]),
            latency=_bins(table["latency_bins"], table["latency_counts"]),
            service=_bins(table["service_bins"], table["service_counts"])
            if "service_bins" in table.schema.names
            else _NONE,
        )

    def during(self, stretches: Iterable[Stretch]) -> Series:
        """The windows that lie wholly inside any of the stretches."""
        keep = np.zeros(len(self.n), dtype=bool)
        for start, end in stretches:
            keep |= (self.start_ns >= start) & (self.start_ns + self.width_ns <= end)
        return self._rows(keep)

    def only(self, operation: str) -> Series:
        """The windows of one operation."""
        code = self.names.index(operation) if operation in self.names else -1
        return self._rows(self.operation == code)

    def by_operation(self) -> dict[str, Series]:
        """`only` for every operation at once: the rows are sorted a single time, and each part is a view of them."""
        order = np.argsort(self.operation, kind="stable")
        mine = self._sorted(order)
        ends = np.searchsorted(mine.operation, np.arange(len(self.names) + 1))
        return {
            name: mine.stretch(int(ends[code]), int(ends[code + 1]))
            for code, name in enumerate(self.names)
            if ends[code] < ends[code + 1]
        }

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that has a row, by name."""
        return tuple(sorted(self.names[code] for code in np.unique(self.operation)))

    @property
    def total(self) -> int:
        """How many requests and arrivals."""
        return int(self.n.sum())

    @property
    def errors(self) -> int:
        """How many of them `errors` counts (see `Outcome.is_error`)."""
        return int(self.n[self.is_error()].sum())

    @property
    def answers(self) -> int:
        """How many of them `rate` counts (see `Outcome.is_answer`)."""
        return sum(n for name, n in self.counts().items() if name in set(Outcome) and Outcome(name).is_answer)

    @property
    def end_ns(self) -> int:
        """Where the last window ends; 0 without any."""
        return int((self.start_ns + self.width_ns).max()) if len(self.n) else 0

    def counts(self) -> dict[str, int]:
        """How many ended how, most first."""
        sums = np.bincount(self.outcome, weights=self.n, minlength=len(self.outcomes))
        found = {name: int(n) for name, n in zip(self.outcomes, sums, strict=True) if n}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def histogram(self, which: Which = "latency") -> Histogram:
        """All rows merged; nothing is lost."""
        bins = self.latency if which == "latency" else self.service
        sums = np.bincount(bins.bin, weights=bins.count) if len(bins.bin) else np.zeros(0)
        used = np.flatnonzero(sums)
        infinite = int(self.infinite.sum()) if which == "latency" else 0
        return Histogram(tuple(used.tolist()), tuple(sums[used].astype(np.int64).tolist()), infinite)

    def over_time(self, step_ns: int, shares: Sequence[float], end_ns: int | None = None) -> Steps:
        """Step by step from zero to the end, latency quantiles at `shares`."""
        until = end_ns if end_ns is not None else self.end_ns
        steps = max(0, -(-until // step_ns))
        keep = self.start_ns < steps * step_ns
        mine = self if keep.all() else self._rows(keep)
        slot = mine.start_ns // step_ns
        infinite = np.bincount(slot, weights=mine.infinite, minlength=steps).astype(np.int64)
        return Steps(
            step_s=step_ns / 1e9,
            t=np.arange(steps) * step_ns / 1e9,
            n=np.bincount(slot, weights=mine.n, minlength=steps).astype(np.int64),
            errors=np.bincount(slot, weights=mine.n * mine.is_error(), minlength=steps).astype(np.int64),
            quantiles=tuple(_quantiles(mine.latency, slot, infinite, steps, shares)) if shares else (),
        )

    def is_error(self) -> npt.NDArray[np.bool_]:
        """For each row, whether `errors` counts it."""
        # An outcome of a later version is counted as an error: better a question than a silent pass.
        ok = [name in set(Outcome) and not Outcome(name).is_error for name in self.outcomes]
        return ~np.array(ok, dtype=bool)[self.outcome]

    def _sorted(self, order: Ints) -> Series:
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return replace(
            self,
            **{name: getattr(self, name)[order] for name in _COLUMNS},
            latency=self.latency.placed(place),
            service=self.service.placed(place),
        )

    def stretch(self, start: int, end: int) -> Series:
        """The rows from `start` to `end` (excluded), as views."""
        return replace(
            self,
            **{name: getattr(self, name)[start:end] for name in _COLUMNS},
            latency=self.latency.stretch(start, end),
            service=self.service.stretch(start, end),
        )

    def _rows(self, keep: npt.NDArray[np.bool_]) -> Series:
        if keep.all():
            return self
        return Series(
            names=self.names,
            outcomes=self.outcomes,
            start_ns=self.start_ns[keep],
            width_ns=self.width_ns[keep],
            operation=self.operation[keep],
            outcome=self.outcome[keep],
            n=self.n[keep],
            bytes=self.bytes[keep],
            infinite=self.infinite[keep],
            latency=self.latency.of_rows(keep),
            service=self.service.of_rows(keep),
        )


def _quantiles(bins: Bins, slot: Ints, infinite: Ints, steps: int, shares: Sequence[float]) -> list[Floats]:
    """The order statistic of rank ceil(n * share) for every slot at once: count by slot and bin, then look ranks up in running sums.

    Counting takes a table of slots by the bins in use, which is small however many entries there are; sorting them took ten times as long.
    """
    used = np.flatnonzero(np.bincount(bins.bin)) if len(bins.bin) else np.zeros(0, dtype=np.int64)
    if steps > 1 and steps * len(used) > _CELLS:
        half = steps // 2
        early = slot[bins.row] < half
        first = _quantiles(bins.entries(early), slot, infinite[:half], half, shares)
        second = _quantiles(bins.entries(~early), slot - half, infinite[half:], steps - half, shares)
        return [np.concatenate(both) for both in zip(first, second, strict=True)]
    column = np.zeros(_BIN_LIMIT, dtype=np.int64)
    column[used] = np.arange(len(used))
    cells = slot[bins.row] * len(used) + column[bins.bin]
    running = np.cumsum(np.bincount(cells, weights=bins.count, minlength=steps * len(used)).astype(np.int64))
    finite = np.bincount(slot[bins.row], weights=bins.count, minlength=steps).astype(np.int64)
    before = np.concatenate(([0], np.cumsum(finite)[:-1])) if steps else np.zeros(0, dtype=np.int64)
    found = []
    for share in shares:
        rank = np.maximum(1, np.ceil((finite + infinite) * share)).astype(np.int64)
        values = np.full(steps, np.nan)
        values[(finite + infinite > 0) & (rank > finite)] = np.inf
        inside = (finite > 0) & (rank <= finite)
        at = np.searchsorted(running, (before + rank)[inside])
        values[inside] = [middle_of(int(used[k % len(used)])) / 1e6 for k in at]
        found.append(values)
    return found


def _coded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return tuple(encoded.dictionary.to_pylist()), ints(encoded.indices)


def ints(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Not by `to_numpy`, which imports pandas if it is there."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    chunks = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
    return np.concatenate([np.zeros(0, dtype=np.int64), *(np.from_dlpack(one).astype(np.int64) for one in chunks)])


def column(values: npt.NDArray[np.generic], kind: type[np.int64 | np.int32] = np.int64) -> pa.Array:
    """Back again. Not by `pa.array`, which imports pandas, too: a third of what a comparison of raw samples took of the memory."""
    held = np.ascontiguousarray(values, dtype=kind)
    return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), len(held), [None, pa.py_buffer(held)])


def _bins(bins: pa.ChunkedArray, counts: pa.ChunkedArray) -> Bins:
    lengths = ints(pc.list_value_length(bins))
    rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    return Bins(rows, _narrow(pc.list_flatten(bins), np.int16), _narrow(pc.list_flatten(counts), np.uint8, np.int32))


def _narrow(column: pa.ChunkedArray, *kinds: type[np.integer[Any]]) -> Narrow:
    """In the first kind that holds all numbers. Chunk by chunk, so that no wide copy of all of it is made."""
    chunks = [np.from_dlpack(one) for one in column.chunks]
    most = max((int(one.max()) for one in chunks if len(one)), default=0)
    kind = next((one for one in kinds if most <= np.iinfo(one).max), np.int64)
    return np.concatenate([np.zeros(0, dtype=kind), *(one.astype(kind) for one in chunks)])
