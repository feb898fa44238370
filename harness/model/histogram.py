"""Latency histograms in the HDR layout with 3 significant digits, over whole microseconds.

Bin of a value v in µs (after HdrHistogram, countsArrayIndex with 2048 sub-buckets, 1024 of them used above the first):
    s = max(0, bits(v) - 11);  bin = s * 1024 + (v >> s)
so values below 2048 µs are exact and any other is within 1/1024 of its bin's low edge. Bins of equal number add: merging is lossless.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

MAX_MICROS = 3_600_000_000  # 1 h; what takes longer is counted there
LAYOUT = "hdr; unit 1 µs; 3 significant digits; bin = (s << 10) + (v >> s), s = max(0, bits(v) - 11)"


def bin_of(micros: int) -> int:
    """The bin that holds a duration in µs; negatives count as 0, over 1 h as 1 h."""
    value = 0 if micros < 0 else min(micros, MAX_MICROS)
    shift = max(0, value.bit_length() - 11)
    return (shift << 10) + (value >> shift)


def low_of(bin_: int) -> int:
    """The smallest duration of a bin, µs."""
    if bin_ < 2048:
        return bin_
    shift = (bin_ >> 10) - 1
    return (bin_ - (shift << 10)) << shift


def middle_of(bin_: int) -> float:
    """The value that stands for a bin, µs: its middle, so that rounding has no direction."""
    width = 1 if bin_ < 2048 else 1 << ((bin_ >> 10) - 1)
    return low_of(bin_) + (width - 1) / 2


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by bin, both of equal length, bins ascending. `infinite` counts what never ended (dropped arrivals): above every quantile."""

    bins: Sequence[int] = ()
    counts: Sequence[int] = ()
    infinite: int = 0

    @classmethod
    def of(cls, counts: Mapping[int, int], infinite: int = 0) -> Histogram:
        """From a mapping of bin to count."""
        ordered = sorted((b, n) for b, n in counts.items() if n)
        return cls(tuple(b for b, _ in ordered), tuple(n for _, n in ordered), infinite)

    @classmethod
    def merged(cls, many: Iterable[Histogram]) -> Histogram:
        """The sum of several; nothing is lost."""
        total: dict[int, int] = {}
        infinite = 0
        for one in many:
            infinite += one.infinite
            for bin_, count in zip(one.bins, one.counts, strict=True):
                total[bin_] = total.get(bin_, 0) + count
        return cls.of(total, infinite)

    def packed(self) -> Histogram:
        """The same in a fifth of the memory, in arrays instead of tuples: for keeping many. It answers all questions alike, but has no hash."""
        most = max(self.counts, default=0)
        return Histogram(array("H", self.bins), array("B" if most < 256 else "Q", self.counts), self.infinite)

    @property
    def n(self) -> int:
        """How many durations it holds, infinite ones included."""
        return sum(self.counts) + self.infinite

    def rank(self, rank: int) -> float:
        """The duration of the `rank`-th smallest (from 1), seconds; infinite beyond the finite ones."""
        seen = 0
        for bin_, count in zip(self.bins, self.counts, strict=True):
            seen += count
            if seen >= rank:
                return middle_of(bin_) / 1e6
        return inf

    def quantile(self, share: float) -> float | None:
        """The order statistic of rank ceil(n * share), seconds; None without data."""
        n = self.n
        return None if n == 0 else self.rank(max(1, ceil(n * share)))

    def above(self, seconds: float) -> int:
        """How many lasted longer than `seconds` (to the resolution of a bin)."""
        edge = bin_of(round(seconds * 1e6))
        return self.infinite + sum(n for b, n in zip(self.bins, self.counts, strict=True) if b > edge)

    @property
    def mean(self) -> float | None:
        """Mean of the finite durations, seconds; None without any."""
        finite = sum(self.counts)
        if not finite:
            return None
        return sum(middle_of(b) * n for b, n in zip(self.bins, self.counts, strict=True)) / finite / 1e6

    @property
    def max(self) -> float | None:
        """The longest duration, seconds; infinite where an arrival never ended."""
        if self.infinite:
            return inf
        return middle_of(self.bins[-1]) / 1e6 if self.bins else None
