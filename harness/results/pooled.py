"""Windows of many runs, added up: counts, quantiles and a coarse course over time, per operation. Grows with operations, never with requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.model.histogram import MAX_MICROS, Histogram, bin_of, middle_of
from harness.model.window import Outcome
from harness.results.comparison import CURVE_SHARES, ArmFigures, OverTime
from harness.results.parts import ALL, quantiles_of
from harness.results.series import Bins, Series, Stretch

MOST_OPERATIONS = 200
"""Beyond, the least used are added to `ALL` only: a name per request is a mistake of the locustfile, not an operation."""
STEPS = 120
"""Points of a course over time."""
MOST_COURSES = 40
"""Operations that have one."""

_BINS = bin_of(MAX_MICROS) + 1
_ANSWERS = frozenset(outcome.value for outcome in Outcome if outcome.is_answer)
_LOGS = np.log([max(middle_of(b), 1.0) for b in range(_BINS)])
_FINE = np.floor(_LOGS / np.log(1.005)).astype(np.int64)
_FINES = int(_FINE.max()) + 1
_COARSE = np.floor(_LOGS / np.log(1.02)).astype(np.int64)
"""The 2 % step that each bin falls into: fine enough to draw."""
_COARSES = int(_COARSE.max()) + 1
_BIN = np.arange(_BINS)
_BLOCK = 1_000_000
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One operation in one stretch of one run, or of many: the counts of all bins, and how requests ended."""

    counts: Ints
    infinite: int
    outcomes: dict[str, int]
    errors: int
    seconds: float

    @property
    def requests(self) -> int:
        """All, dropped and unanswered ones included."""
        return sum(self.outcomes.values())

    def quantile(self, share: float) -> float | None:
        """The order statistic of rank ceil(n * share), seconds; infinite where it was never answered; None without requests."""
        finite = int(self.counts.sum())
        n = finite + self.infinite
        if not n:
            return None
        rank = max(1, ceil(n * share))
        return inf if rank > finite else middle_of(int(np.searchsorted(np.cumsum(self.counts), rank))) / 1e6

    def plus(self, other: Tally) -> Tally:
        """Both."""
        outcomes = dict(self.outcomes)
        for name, n in other.outcomes.items():
            outcomes[name] = outcomes.get(name, 0) + n
        return Tally(
            counts=self.counts + other.counts,
            infinite=self.infinite + other.infinite,
            outcomes=outcomes,
            errors=self.errors + other.errors,
            seconds=self.seconds + other.seconds,
        )


def tallies(series: Series, stretches: Sequence[Stretch]) -> dict[str, Tally]:
    """One per operation that has a row there, `ALL` first."""
    mine = series.during(stretches)
    seconds = sum(end - start for start, end in stretches) / 1e9
    per_operation = np.bincount(mine.operation, weights=mine.n, minlength=len(mine.names))
    kept = [int(code) for code in np.argsort(-per_operation, kind="stable")[:MOST_OPERATIONS] if per_operation[code]]
    bad = mine.is_error()
    place = np.full(len(mine.names), len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    start_of_row = place[mine.operation] * _BINS
    table = _counted(mine.latency, start_of_row, _BIN, (len(kept) + 1) * _BINS).astype(np.int64).reshape(-1, _BINS)
    found = {ALL: _tally(mine, np.ones(len(mine.n), dtype=bool), bad, table.sum(axis=0), seconds)}
    for code in sorted(kept, key=lambda code: mine.names[code]):
        found[mine.names[code]] = _tally(mine, mine.operation == code, bad, table[place[code]].copy(), seconds)
    return found if found[ALL].requests else {}


def coarse_medians(series: Series, step_ns: int, steps: int) -> Floats:
    """The median latency of each step in seconds, to half a per cent; NaN where nothing was answered in it."""
    slot = np.minimum(
        series.start_ns // step_ns, steps
    )  # what lies beyond comes into a step of its own, which is left out
    table = _counted(series.latency, slot * _FINES, _FINE, (steps + 1) * _FINES)
    running = np.cumsum(table.reshape(-1, _FINES)[:steps], axis=1)
    totals = running[:, -1] if steps else np.zeros(0)
    at = (running < np.maximum(1, np.ceil(totals / 2))[:, None]).sum(axis=1)
    return np.where(totals > 0, 1.005 ** (at + 0.5) / 1e6, np.nan)


def _tally(
    series: Series, keep: npt.NDArray[np.bool_], bad: npt.NDArray[np.bool_], counts: Ints, seconds: float
) -> Tally:
    sums = np.bincount(series.outcome[keep], weights=series.n[keep], minlength=len(series.outcomes))
    return Tally(
        counts=counts,
        infinite=int(series.infinite[keep].sum()),
        outcomes={name: int(n) for name, n in zip(series.outcomes, sums, strict=True) if n},
        errors=int(series.n[keep & bad].sum()),
        seconds=seconds,
    )


@dataclass(slots=True)
class Pool:
    """All runs of one arm. `step_ns` is the width of a step of the course over time. `left_out`: operations that were too many in some run."""

    step_ns: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    runs: int = 0
    left_out: set[str] = field(default_factory=set)
    _courses: dict[str, _Course] = field(default_factory=dict)

    def add(self, series: Series, counted: dict[str, Tally]) -> None:
        """One more run: its whole series for the course over time, and the tallies of what was judged."""
        self.runs += 1
        if sum(name != ALL for name in counted) >= MOST_OPERATIONS:
            self.left_out |= set(series.operations) - set(counted)
        for name, tally in counted.items():
            self.tallies[name] = self.tallies[name].plus(tally) if name in self.tallies else tally
        steps = min(STEPS, -(-series.end_ns // self.step_ns))
        slot = np.minimum(series.start_ns // self.step_ns, steps - 1) if steps else series.start_ns
        bad = series.is_error()
        wanted = sorted((name for name in counted if name in series.names), key=lambda name: -counted[name].requests)
        wanted = [name for name in wanted if name in self._courses or len(self._courses) < MOST_COURSES][:MOST_COURSES]
        place = np.full(len(series.names), len(wanted), dtype=np.int64)
        place[[series.names.index(name) for name in wanted]] = np.arange(len(wanted))
        start_of_row = (place[series.operation] * steps + slot) * _COARSES
        table = _counted(series.latency, start_of_row, _COARSE, (len(wanted) + 1) * steps * _COARSES)
        table = table.reshape(len(wanted) + 1, steps, _COARSES)
        self._course(ALL).add(table.sum(axis=0), slot, series.n, bad)
        for name in wanted:
            mine = series.operation == series.names.index(name)
            self._course(name).add(table[place[series.names.index(name)]], slot[mine], series.n[mine], bad[mine])

    def _course(self, name: str) -> _Course:
        return self._courses.setdefault(name, _Course())

    def figures(self, name: str) -> ArmFigures | None:
        """What an arm did with an operation; None where it never saw it."""
        tally = self.tallies.get(name)
        if tally is None:
            return None
        bins = np.flatnonzero(tally.counts)
        histogram = Histogram(tuple(bins.tolist()), tuple(tally.counts[bins].tolist()), tally.infinite)
        answered = sum(n for outcome, n in tally.outcomes.items() if outcome in _ANSWERS)
        return ArmFigures(
            seconds=round(tally.seconds, 3),
            requests=tally.requests,
            rate=round(answered / tally.seconds, 3) if tally.seconds else 0.0,
            errors=tally.errors,
            outcomes=dict(sorted(tally.outcomes.items(), key=lambda item: -item[1])),
            latency_ms=quantiles_of(histogram),
            runs=self.runs,
            curve_ms=_curve(tally),
            over_time=self._courses[name].told(self.step_ns, self.runs) if name in self._courses else None,
        )


def _curve(tally: Tally) -> tuple[float, ...]:
    """As far as there are requests beyond."""
    shares = [share for share in CURVE_SHARES if tally.requests * (1 - share) >= 1]
    return tuple(round((tally.quantile(share) or 0.0) * 1000, 4) for share in shares)


@dataclass(slots=True)
class _Course:
    """Counts by step and 2 % step of latency."""

    table: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, _COARSES), dtype=np.int64))
    requests: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    errors: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, table: Floats, slot: Ints, n: Ints, bad: npt.NDArray[np.bool_]) -> None:
        self.table = _sum(self.table, table.astype(np.int32))
        self.requests = _sum(self.requests, _per_slot(slot, n, len(table)))
        self.errors = _sum(self.errors, _per_slot(slot[bad], n[bad], len(table)))

    def told(self, step_ns: int, runs: int) -> OverTime:
        """Quantiles of what was answered, in ms, to 1 % either way."""
        running = np.cumsum(self.table, axis=1)
        totals = running[:, -1] if len(running) else np.zeros(0, dtype=np.int64)
        shown = {}
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            rank = np.maximum(1, np.ceil(totals * share))
            at = (running < rank[:, None]).sum(axis=1)
            values = 1.02 ** (at + 0.5) / 1000
            shown[name] = tuple(round(float(value), 3) if n else None for value, n in zip(values, totals, strict=True))
        return OverTime(
            step_s=step_ns / 1e9,
            requests=tuple(round(float(n) / runs, 2) for n in self.requests),
            errors=tuple(round(float(n) / runs, 2) for n in self.errors),
            **shown,
        )


def _counted(bins: Bins, start_of_row: Ints, place_of_bin: Ints, size: int) -> Floats:
    """Sums of counts: each entry adds to the place of its bin, seen from where its row starts. In blocks: an index of all takes 8 bytes an entry."""
    total = np.zeros(size)
    for first in range(0, len(bins.row), _BLOCK):
        row, bin_, count = (part[first : first + _BLOCK] for part in (bins.row, bins.bin, bins.count))
        total += np.bincount(start_of_row[row] + place_of_bin[bin_], weights=count, minlength=size)
    return total


def _per_slot(slot: Ints, n: Ints, steps: int) -> Ints:
    return np.bincount(slot, weights=n, minlength=steps).astype(np.int64)[:steps]


def _sum(a: Any, b: Any) -> Any:
    """Of two tables, one of which may be shorter."""
    if len(a) < len(b):
        a, b = b, a
    total = a.copy()
    total[: len(b)] += b
    return total
