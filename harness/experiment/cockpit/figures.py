"""Figures of a run that goes on, by the definitions of `summary.json`, at a cost that does not grow with the run. Reads no clock.

Windows wait until figures are asked for, once a second, and are then added up all at once: at 200 operations and 8 load processes
6,400 come in a second, and a dictionary for each would cost more than the rest of the board.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.experiment.cockpit.quantiles import MILLIS, Entries, Totals, gathered, order_statistics
from harness.model import WIDTH_NS, Histogram, Outcome, Span, Window
from harness.results import ALL, ErrorGroup, OperationSummary, Quantiles
from harness.ui.state import Figures, Now, Point, Points

SHARES = (0.5, 0.9, 0.95, 0.99, 0.999)
DRAWN = (0.5, 0.95, 0.99)
SETTLE_S = 1  # windows arrive a little after they close: the newest second is not drawn yet
OPEN_S = 120  # a second is drawn anew as long as answers to it may come in
RECENT_S = 2  # "now" looks this far back
AGGREGATED = "Aggregated"  # Locust's word, under which its page looks for the sum
_OUTCOMES = tuple(Outcome)
_CODE = {outcome: number for number, outcome in enumerate(_OUTCOMES)}
_IS_ERROR = np.array([outcome.is_error for outcome in _OUTCOMES])
_ANSWERED = np.array([outcome.is_answer for outcome in _OUTCOMES])
Ints = npt.NDArray[np.int64]


class LiveFigures:
    """`warm_up` is left out of the figures and kept in the charts. `routes` maps an operation to `METHOD /template`."""

    def __init__(self, run: str, stages: Sequence[Span] = (), routes: Mapping[str, str] | None = None) -> None:
        self.run = run
        self._warm_up = [(span.start * 1e9, span.end * 1e9) for span in stages if span.warm_up]
        self._end_s = stages[-1].end if stages else inf
        self._routes = routes or {}
        self._waiting: list[Window] = []
        self._names: dict[str, int] = {}
        self._totals = Totals(len(_OUTCOMES))
        self._seconds: dict[int, _Second] = {}
        self._dirty: dict[int, set[int]] = {}
        self._pool: dict[int, tuple[float, ...]] = {}

    def add(self, windows: Iterable[Window]) -> None:
        """Take what has ended."""
        self._waiting.extend(windows)

    def figures(self, at_s: float) -> Figures:
        """As they stand `at_s` seconds after zero."""
        self._settle()
        sending_s = min(at_s, self._end_s)  # while the last answers are awaited nobody sends
        warm = sum(max(0.0, min(sending_s, end / 1e9) - start / 1e9) for start, end in self._warm_up)
        seconds = max(0.0, sending_s - warm)
        rows = _rows(self._totals, seconds, [*self._names, ALL], self._routes)
        named = [(name, self._names[name]) for name in sorted(self._names) if rows[self._names[name]].requests]
        overall = rows[-1]
        means, leasts, sizes = self._totals.means(), self._totals.leasts(), self._totals.sizes()
        current = self._current(at_s)
        everything = [*named, (AGGREGATED, -1)]
        return Figures.model_construct(
            run=self.run,
            final=False,
            overall=overall if overall.requests else None,
            operations=tuple(rows[i] for _, i in named),
            current={name: current[i] for name, i in everything},
            mean_ms={name: means[i] for name, i in everything},
            min_ms={name: leasts[i] for name, i in everything},
            size={name: sizes[i] for name, i in everything},
        )

    def now(self, at_s: float) -> Now:
        """The last whole seconds; the caller adds what the load processes say of themselves."""
        self._settle()
        some = [self._seconds[t] for t in self._recent(at_s) if t in self._seconds]
        p50, p95, p99 = _drawn_of_all(some, never=inf)
        return Now(
            achieved=round(sum(one.all_answered for one in some) / RECENT_S, 3),
            errors=round(sum(one.all_errors for one in some) / RECENT_S, 3),
            p50=p50,
            p95=p95,
            p99=p99,
        )

    def points(
        self, at_s: float, asked: Mapping[int, float], pool: tuple[float, ...], *, flush: bool = False
    ) -> Points | None:
        """Seconds that are new or have grown since the last call; None without any. `pool` is users, open, queued, dropped now."""
        self._settle()
        newest = int(at_s) - SETTLE_S
        ready = sorted(second for second in self._dirty if flush or second < newest)
        if not ready:
            return None
        names = list(self._names)
        drawn: list[Point] = []
        operations: dict[str, list[Point]] = {}
        for at in ready:
            second = self._seconds[at]
            self._pool.setdefault(at, pool)
            whole: Point = [float(second.all_answered), float(second.all_errors), *_drawn_of_all([second])]
            drawn.append([float(at), asked.get(at, 0.0), *whole, *self._pool[at]])
            for number, values in second.points(sorted(self._dirty.pop(at)), float(at)):
                operations.setdefault(names[number], []).append(values)
        self._forget(newest - OPEN_S)
        return Points.model_construct(
            run=self.run,
            all=tuple(drawn),
            operations={name: tuple(some) for name, some in operations.items()},
        )

    @property
    def waiting(self) -> tuple[int, ...]:
        """Seconds that `points` may tell next."""
        self._settle()
        return tuple(self._dirty)

    def _settle(self) -> None:
        """Add up what has come since the last time."""
        if not self._waiting:
            return
        windows, self._waiting = self._waiting, []
        batch = _Batch.of(windows, self._names)
        counted = np.ones(len(windows), dtype=bool)
        for from_ns, to_ns in self._warm_up:
            counted &= (batch.start >= to_ns) | (batch.start + WIDTH_NS <= from_ns)
        size = np.array([w.bytes for w in windows], dtype=np.int64)
        mine = counted[batch.entries.row]
        self._totals.add(
            len(self._names),
            batch.operation[counted],
            batch.outcome[counted],
            batch.n[counted],
            batch.infinite[counted],
            size[counted],
            (batch.operation[batch.entries.row[mine]], batch.entries.bin[mine], batch.entries.count[mine]),
        )
        second = batch.start // 1_000_000_000
        for at in np.unique(second).tolist():
            self._seconds.setdefault(at, _Second()).add(batch, second == at)
            self._dirty.setdefault(at, set()).update(np.unique(batch.operation[second == at]).tolist())

    def _recent(self, at_s: float) -> range:
        end = int(at_s) - SETTLE_S
        return range(max(0, end - RECENT_S), max(0, end))

    def _current(self, at_s: float) -> list[tuple[float, float]]:
        """By operation, that of all at the end."""
        some = [self._seconds[t] for t in self._recent(at_s) if t in self._seconds]
        answered, errors = np.zeros(len(self._names) + 1), np.zeros(len(self._names) + 1)
        for one in some:
            answered[: len(one.answered)] += one.answered
            errors[: len(one.errors)] += one.errors
        answered[-1], errors[-1] = answered[:-1].sum(), errors[:-1].sum()
        pairs = zip(np.round(answered / RECENT_S, 3).tolist(), np.round(errors / RECENT_S, 3).tolist(), strict=True)
        return list(pairs)

    def _forget(self, before: int) -> None:
        for second in [s for s in self._seconds if s < before]:
            del self._seconds[second]
            self._pool.pop(second, None)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Columns of some windows; `entries` are those of their histograms of latency."""

    operation: Ints
    start: Ints
    outcome: Ints
    n: Ints
    infinite: Ints
    entries: Entries

    @classmethod
    def of(cls, windows: Sequence[Window], numbers: dict[str, int]) -> _Batch:
        """`numbers` grows with names that are new."""
        rows = [
            (numbers.setdefault(w.operation, len(numbers)), w.start_ns, _CODE[w.outcome], w.n, w.latency.infinite)
            for w in windows
        ]
        columns = np.array(rows, dtype=np.int64).T
        operation, start, outcome, n, infinite = columns
        return cls(operation, start, outcome, n, infinite, gathered([w.latency for w in windows]))


class _Second:
    """One second of all operations: counts by operation, and histograms as entries (operation, bin, count)."""

    def __init__(self) -> None:
        self.answered = np.zeros(0, dtype=np.int64)
        self.errors = np.zeros(0, dtype=np.int64)
        self.infinite = np.zeros(0, dtype=np.int64)
        self.entries: list[tuple[Ints, Ints, Ints]] = []

    def add(self, batch: _Batch, mine: npt.NDArray[np.bool_]) -> None:
        """The windows of this second."""
        operation, outcome, n = batch.operation[mine], batch.outcome[mine], batch.n[mine]
        size = max(len(self.answered), int(operation.max()) + 1)
        self.answered = _added(self.answered, size, operation, n * _ANSWERED[outcome])
        self.errors = _added(self.errors, size, operation, n * _IS_ERROR[outcome])
        self.infinite = _added(self.infinite, size, operation, batch.infinite[mine])
        inside = mine[batch.entries.row]
        rows = batch.operation[batch.entries.row[inside]]
        self.entries.append((rows, batch.entries.bin[inside], batch.entries.count[inside]))

    @property
    def all_answered(self) -> int:
        """Of all operations."""
        return int(self.answered.sum())

    @property
    def all_errors(self) -> int:
        """Of all operations."""
        return int(self.errors.sum())

    def points(self, operations: Sequence[int], at: float) -> Iterable[tuple[int, Point]]:
        """`t, achieved, errors, p50, p95, p99` of each."""
        row, bin_, count = (np.concatenate([part[i] for part in self.entries]) for i in range(3))
        values = order_statistics(row, bin_, count, self.infinite, DRAWN)
        answered, errors = self.answered.astype(float).tolist(), self.errors.astype(float).tolist()
        for number in operations:
            yield number, [at, answered[number], errors[number], *(column[number] for column in values)]


def final_figures(
    run: str,
    overall: OperationSummary | None,
    operations: Sequence[OperationSummary],
    merged: Mapping[str, tuple[Histogram, int, int]],
    failed: Sequence[ErrorGroup] = (),
) -> Figures:
    """What the summary says, and nothing else; `merged` gives latency, bytes and requests of each operation, for what it leaves out."""
    mean = {name: _rounded(histogram.mean) for name, (histogram, _, _) in merged.items()}
    least = {name: MILLIS[h.bins[0]] if h.bins else None for name, (h, _, _) in merged.items()}
    size = {name: round(size / n, 1) if n else 0.0 for name, (_, size, n) in merged.items()}
    return Figures(
        run=run,
        final=True,
        overall=overall,
        operations=tuple(operations),
        failed=tuple(failed),
        mean_ms=mean,
        min_ms=least,
        size=size,
    )


def _rows(totals: Totals, seconds: float, names: Sequence[str], routes: Mapping[str, str]) -> list[OperationSummary]:
    """By operation, that of all at the end, as `names` are; made without being checked: the values are our own, and two hundred come a second."""
    outcomes = np.vstack([totals.outcomes, totals.outcomes.sum(axis=0)])
    requests, answered = outcomes.sum(axis=1).tolist(), (outcomes * _ANSWERED).sum(axis=1).tolist()
    errors = (outcomes * _IS_ERROR).sum(axis=1).tolist()
    quantiles = totals.quantiles(SHARES)
    return [
        OperationSummary.model_construct(
            name=names[i],
            route=routes.get(names[i], ""),
            seconds=round(seconds, 3),
            requests=requests[i],
            rate=round(answered[i] / seconds, 3) if seconds else 0.0,
            errors=errors[i],
            outcomes=_counts(ended),
            latency_ms=_of(quantiles[i]),
            service_ms=_EMPTY,
            calm=None,
            hurt=None,
        )
        for i, ended in enumerate(outcomes.tolist())
    ]


def _counts(ended: list[int]) -> dict[str, int]:
    """Most first."""
    return dict(sorted(((_OUTCOMES[i].value, n) for i, n in enumerate(ended) if n), key=lambda one: -one[1]))


def _added(old: Ints, size: int, at: Ints, values: Ints) -> Ints:
    sums = np.bincount(at, weights=values, minlength=size).astype(np.int64)
    sums[: len(old)] += old
    return sums


_EMPTY = Quantiles()


def _of(values: Sequence[float | None]) -> Quantiles:
    if values[0] is None:
        return _EMPTY
    named: dict[str, Any] = dict(zip(("p50", "p90", "p95", "p99", "p99_9", "max"), values, strict=True))
    return Quantiles.model_construct(**named)


def _drawn_of_all(seconds: Sequence[_Second], never: float | None = None) -> list[float | None]:
    """Quantiles over all operations, ms; where one was never answered, `never`."""
    parts = [part for one in seconds for part in one.entries]
    infinite = sum(int(one.infinite.sum()) for one in seconds)
    bins = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    counts = np.concatenate([part[2] for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    running = (
        np.cumsum(np.bincount(bins, weights=counts)).astype(np.int64) if len(bins) else np.zeros(1, dtype=np.int64)
    )
    finite = int(running[-1])
    n = finite + infinite
    if not n:
        return [None] * len(DRAWN)
    ranks = [max(1, ceil(n * share)) for share in DRAWN]
    return [never if rank > finite else MILLIS[int(np.searchsorted(running, rank))] for rank in ranks]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 4)
