"""Many histograms at once, and their order statistics. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from harness.model import Histogram
from harness.model.histogram import MAX_MICROS, bin_of, middle_of

Ints = npt.NDArray[np.int64]
Columns = tuple[Ints, Ints, Ints]
"""Row, bin, count."""

_WIDE = 64  # bins in a block: a quantile is first looked for among blocks, then inside one
_BINS = bin_of(MAX_MICROS) + 1
_BLOCKS = -(-_BINS // _WIDE)
_BIN_LIMIT = 1 << 15  # above every bin
_NEVER_YET = _BINS
MILLIS = [round(middle_of(bin_) / 1e6 * 1000, 4) for bin_ in range(_BLOCKS * _WIDE)]
"""What stands for each bin, rounded as the summary rounds."""
_MICROS = np.array([middle_of(bin_) for bin_ in range(_BINS)])


@dataclass(frozen=True, slots=True)
class Entries:
    """Entry i adds `count[i]` to `bin[i]` of histogram `row[i]`."""

    row: Ints
    bin: Ints
    count: Ints


def gathered(histograms: Sequence[Histogram]) -> Entries:
    """Their finite entries."""
    bins: list[int] = []
    counts: list[int] = []
    for one in histograms:
        bins += one.bins
        counts += one.counts
    lengths = np.array([len(one.bins) for one in histograms], dtype=np.int64)
    row = np.repeat(np.arange(len(histograms), dtype=np.int64), lengths)
    return Entries(row, np.array(bins, dtype=np.int64), np.array(counts, dtype=np.int64))


def order_statistics(
    row: Ints, bin_: Ints, count: Ints, infinite: Ints, shares: Sequence[float]
) -> list[list[float | None]]:
    """Milliseconds, a list by row for each share: the value of rank ceil(n * share). None for a row without anything, and beyond
    the finite ones. As `Histogram.quantile`, for all rows of `infinite` at once."""
    rows = len(infinite)
    key = (row * _BIN_LIMIT + bin_).astype(np.int64)
    order = np.argsort(key)
    key, running = key[order], np.cumsum(count[order])
    finite = np.bincount(row, weights=count, minlength=rows).astype(np.int64)
    before = np.cumsum(finite) - finite
    found = []
    for share in shares:
        rank = np.maximum(1, np.ceil((finite + infinite) * share)).astype(np.int64)
        inside = (finite > 0) & (rank <= finite)
        values: list[float | None] = [None] * rows
        at = key[np.searchsorted(running, (before + rank)[inside])] % _BIN_LIMIT
        for number, found_bin in zip(np.flatnonzero(inside).tolist(), at.tolist(), strict=True):
            values[number] = MILLIS[found_bin]
        found.append(values)
    return found


class Totals:
    """Histograms, outcomes and bytes by row, over a whole run; a last row, that of all, comes with every answer."""

    def __init__(self, outcomes: int) -> None:
        self.outcomes = np.zeros((0, outcomes), dtype=np.int64)
        self._counts = np.zeros((1, _BLOCKS * _WIDE), dtype=np.int64)  # the row of all comes first
        self._blocks = np.zeros((1, _BLOCKS), dtype=np.int64)
        self._infinite = np.zeros(1, dtype=np.int64)
        self._micros = np.zeros(1)
        self._bytes = np.zeros(1, dtype=np.int64)
        self._least = np.full(1, _NEVER_YET, dtype=np.int64)
        self._most = np.full(1, -1, dtype=np.int64)

    def add(self, rows: int, row: Ints, outcome: Ints, n: Ints, infinite: Ints, size: Ints, entries: Columns) -> None:
        """Windows by column, of `rows` rows in all, and the entries of their histograms."""
        self._grow(rows)
        np.add.at(self.outcomes, (row, outcome), n)
        of, bin_, count = entries
        for some, to, values in ((row, self._infinite, infinite), (row, self._bytes, size)):
            np.add.at(to, some + 1, values)
            to[0] += values.sum()
        micros = _MICROS[bin_] * count
        np.add.at(self._micros, of + 1, micros)
        self._micros[0] += micros.sum()
        for place in (of + 1, np.zeros(len(of), dtype=np.int64)):
            np.add.at(self._counts, (place, bin_), count)
            np.add.at(self._blocks, (place, bin_ // _WIDE), count)
            np.minimum.at(self._least, place, bin_)
            np.maximum.at(self._most, place, bin_)

    def quantiles(self, shares: Sequence[float]) -> list[list[float | None]]:
        """By row, milliseconds of each share and the longest; infinite beyond the finite ones, None in a row without any."""
        running = np.cumsum(self._blocks, axis=1)
        n = running[:, -1] + self._infinite
        rank = np.maximum(1, np.ceil(n[:, None] * np.array(shares))).astype(np.int64)
        block = (running[:, None, :] < rank[:, :, None]).sum(axis=2)
        inside = block < _BLOCKS
        block = np.minimum(block, _BLOCKS - 1)
        rows = np.arange(len(n))[:, None]
        before = running[rows, block] - self._blocks[rows, block]
        parts = self._counts.reshape(len(n), _BLOCKS, _WIDE)[rows, block]
        offset = (np.cumsum(parts, axis=2) < (rank - before)[:, :, None]).sum(axis=2)
        bins = (block * _WIDE + np.minimum(offset, _WIDE - 1)).tolist()
        found: list[list[float | None]] = []
        for i, (total, never) in enumerate(zip(n.tolist(), (self._infinite > 0).tolist(), strict=True)):
            values: list[float | None] = [MILLIS[b] if ok else inf for b, ok in zip(bins[i], inside[i], strict=True)]
            longest = inf if never else MILLIS[int(self._most[i])]
            found.append([*values, longest] if total else [None] * (len(shares) + 1))
        return found[1:] + found[:1]

    def means(self) -> list[float | None]:
        """Milliseconds, of what ended."""
        n = self._blocks.sum(axis=1).tolist()
        found = [round(s / k / 1000, 4) if k else None for s, k in zip(self._micros.tolist(), n, strict=True)]
        return found[1:] + found[:1]

    def leasts(self) -> list[float | None]:
        """Milliseconds."""
        found = [None if bin_ == _NEVER_YET else MILLIS[bin_] for bin_ in self._least.tolist()]
        return found[1:] + found[:1]

    def sizes(self) -> list[float]:
        """Bytes an answer."""
        n = [int(self.outcomes.sum()), *self.outcomes.sum(axis=1).tolist()]
        found = [round(size / k, 1) if k else 0.0 for size, k in zip(self._bytes.tolist(), n, strict=True)]
        return found[1:] + found[:1]

    def _grow(self, rows: int) -> None:
        more = rows - len(self.outcomes)
        if more <= 0:
            return
        for name, empty in (("_infinite", 0), ("_micros", 0), ("_bytes", 0), ("_least", _NEVER_YET), ("_most", -1)):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.full(more, empty, dtype=old.dtype)]))
        for name in ("outcomes", "_counts", "_blocks"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros((more, old.shape[1]), dtype=old.dtype)]))
