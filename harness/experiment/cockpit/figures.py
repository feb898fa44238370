"""Figures of a run that goes on, by the definitions of `summary.json`, at a cost that does not grow with the run. Reads no clock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np
import numpy.typing as npt

from harness.model import WIDTH_NS, Histogram, Outcome, Span, Window
from harness.model.histogram import MAX_MICROS, bin_of, middle_of
from harness.results import ALL, OperationSummary, Quantiles
from harness.ui import Figures, Now, Point, Points

SHARES = (0.5, 0.9, 0.95, 0.99, 0.999)
DRAWN = (0.5, 0.95, 0.99)
SETTLE_S = 1  # windows arrive a little after they close: the newest second is not drawn yet
OPEN_S = 120  # a second is drawn anew as long as answers to it may come in
RECENT_S = 2  # "now" looks this far back
AGGREGATED = "Aggregated"  # Locust's word, under which its page looks for the sum
_BINS = bin_of(MAX_MICROS) + 1
_MIDDLES = np.array([middle_of(bin_) for bin_ in range(_BINS)])
_NEVER = (Outcome.DROPPED, Outcome.UNANSWERED)


@dataclass(slots=True)
class _Tally:
    """Counts of one operation over the run. Bins wait in `_new` until figures are asked for."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    size: int = 0
    infinite: int = 0
    _new: dict[int, int] = field(default_factory=dict)
    _bins: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, window: Window) -> None:
        """Take one window."""
        self.outcomes[window.outcome] += window.n
        self.size += window.bytes
        self.infinite += window.latency.infinite
        new = self._new
        for bin_, count in zip(window.latency.bins, window.latency.counts, strict=True):
            new[bin_] = new.get(bin_, 0) + count

    def bins(self) -> npt.NDArray[np.int64]:
        """All counts by bin, up to the highest used."""
        if self._new:
            top = max(self._new) + 1
            if top > len(self._bins):
                self._bins = np.concatenate([self._bins, np.zeros(top - len(self._bins), dtype=np.int64)])
            at = np.fromiter(self._new, dtype=np.int64, count=len(self._new))
            self._bins[at] += np.fromiter(self._new.values(), dtype=np.int64, count=len(self._new))
            self._new = {}
        return self._bins

    @property
    def total(self) -> int:
        """Everything that was due."""
        return self.outcomes.total()

    @property
    def errors(self) -> int:
        """What `errors` counts."""
        return sum(n for outcome, n in self.outcomes.items() if outcome.is_error)

    @property
    def answered(self) -> int:
        """What came to an end by itself."""
        return sum(n for outcome, n in self.outcomes.items() if outcome not in _NEVER)

    def quantiles(self) -> Quantiles:
        """Milliseconds; as `results.quantiles_of` on the merged histogram."""
        running = np.cumsum(self.bins())
        finite = int(running[-1]) if len(running) else 0
        n = finite + self.infinite
        if not n:
            return Quantiles()
        found = [_at(running, finite, max(1, ceil(n * share))) for share in SHARES]
        longest = inf if self.infinite else _millis(int(np.flatnonzero(self._bins)[-1]))
        return Quantiles(p50=found[0], p90=found[1], p95=found[2], p99=found[3], max=longest, **{"p99.9": found[4]})

    def mean(self) -> float | None:
        """Milliseconds, of what ended."""
        bins = self.bins()
        n = int(bins.sum())
        return round(float((bins * _MIDDLES[: len(bins)]).sum()) / n / 1000, 4) if n else None

    def least(self) -> float | None:
        """Milliseconds."""
        used = np.flatnonzero(self.bins())
        return _millis(int(used[0])) if len(used) else None


@dataclass(slots=True)
class _Second:
    """One second of one operation."""

    answered: int = 0
    errors: int = 0
    infinite: int = 0
    bins: dict[int, int] = field(default_factory=dict)

    def add(self, window: Window) -> None:
        if window.outcome not in _NEVER:
            self.answered += window.n
        if window.outcome.is_error:
            self.errors += window.n
        self.infinite += window.latency.infinite
        for bin_, count in zip(window.latency.bins, window.latency.counts, strict=True):
            self.bins[bin_] = self.bins.get(bin_, 0) + count

    def point(self, at: int) -> Point:
        """`t, achieved, errors, p50, p95, p99`."""
        return [float(at), float(self.answered), float(self.errors), *_drawn([self])]


class LiveFigures:
    """`warm_up` is left out of the figures and kept in the charts. `routes` maps an operation to `METHOD /template`."""

    def __init__(self, run: str, stages: Sequence[Span] = (), routes: Mapping[str, str] | None = None) -> None:
        self.run = run
        self._warm_up = [span for span in stages if span.warm_up]
        self._routes = routes or {}
        self._tallies: dict[str, _Tally] = {}
        self._all = _Tally()
        self._seconds: dict[int, dict[str, _Second]] = {}
        self._whole: dict[int, _Second] = {}
        self._dirty: dict[int, set[str]] = defaultdict(set)
        self._pool: dict[int, tuple[float, ...]] = {}

    def add(self, windows: Iterable[Window]) -> None:
        """Take what has ended."""
        for window in windows:
            second = window.start_ns // 1_000_000_000
            if self._counts(window):
                tally = self._tallies.get(window.operation)
                if tally is None:
                    tally = self._tallies[window.operation] = _Tally()
                tally.add(window)
                self._all.add(window)
            names = self._seconds.setdefault(second, {})
            one = names.get(window.operation)
            if one is None:
                one = names[window.operation] = _Second()
            one.add(window)
            self._whole.setdefault(second, _Second()).add(window)
            self._dirty[second].add(window.operation)

    def figures(self, at_s: float) -> Figures:
        """As they stand `at_s` seconds after zero."""
        seconds = max(0.0, at_s - sum(max(0.0, min(at_s, span.end) - span.start) for span in self._warm_up))
        rows = {name: self._tallies[name] for name in sorted(self._tallies)}
        named = {**rows, AGGREGATED: self._all}
        return Figures(
            run=self.run,
            overall=_summary(ALL, self._all, seconds) if self._all.total else None,
            operations=tuple(
                _summary(name, tally, seconds, self._routes.get(name, "")) for name, tally in rows.items()
            ),
            current={name: self._current(name, at_s) for name in named},
            mean_ms={name: tally.mean() for name, tally in named.items()},
            min_ms={name: tally.least() for name, tally in named.items()},
            size={name: round(tally.size / tally.total, 1) if tally.total else 0.0 for name, tally in named.items()},
        )

    def now(self, at_s: float) -> Now:
        """The last whole seconds; the caller adds what the load processes say of themselves."""
        some = [self._whole[t] for t in self._recent(at_s) if t in self._whole]
        p50, p95, p99 = _drawn(some, never=inf)
        return Now(
            achieved=round(sum(one.answered for one in some) / RECENT_S, 3),
            errors=round(sum(one.errors for one in some) / RECENT_S, 3),
            p50=p50,
            p95=p95,
            p99=p99,
        )

    def points(
        self, at_s: float, asked: Mapping[int, float], pool: tuple[float, ...], *, flush: bool = False
    ) -> Points | None:
        """Seconds that are new or have grown since the last call; None without any. `pool` is users, open, queued, dropped now."""
        newest = int(at_s) - (0 if flush else SETTLE_S)
        ready = sorted(second for second in self._dirty if flush or second < newest)
        if not ready:
            return None
        drawn: list[Point] = []
        operations: dict[str, list[Point]] = defaultdict(list)
        for second in ready:
            self._pool.setdefault(second, pool)
            whole = self._whole[second]
            drawn.append([float(second), asked.get(second, 0.0), *whole.point(second)[1:], *self._pool[second]])
            for name in self._dirty.pop(second):
                operations[name].append(self._seconds[second][name].point(second))
        self._forget(newest - OPEN_S)
        return Points(
            run=self.run, all=tuple(drawn), operations={name: tuple(some) for name, some in operations.items()}
        )

    @property
    def waiting(self) -> tuple[int, ...]:
        """Seconds that `points` may tell next."""
        return tuple(self._dirty)

    def _counts(self, window: Window) -> bool:
        end = window.start_ns + WIDTH_NS
        return not any(window.start_ns < span.end * 1e9 and end > span.start * 1e9 for span in self._warm_up)

    def _recent(self, at_s: float) -> range:
        end = int(at_s) - SETTLE_S
        return range(max(0, end - RECENT_S), max(0, end))

    def _current(self, name: str, at_s: float) -> tuple[float, float]:
        some = []
        for second in self._recent(at_s):
            one = self._whole.get(second) if name == AGGREGATED else self._seconds.get(second, {}).get(name)
            if one is not None:
                some.append(one)
        return round(sum(o.answered for o in some) / RECENT_S, 3), round(sum(o.errors for o in some) / RECENT_S, 3)

    def _forget(self, before: int) -> None:
        for kept in (self._seconds, self._whole, self._pool):
            for second in [s for s in kept if s < before]:
                del kept[second]


def final_figures(
    run: str,
    overall: OperationSummary | None,
    operations: Sequence[OperationSummary],
    merged: Mapping[str, tuple[Histogram, int, int]],
) -> Figures:
    """What the summary says, and nothing else; `merged` gives latency, bytes and requests of each operation, for what it leaves out."""
    mean = {name: _rounded(histogram.mean) for name, (histogram, _, _) in merged.items()}
    least = {name: _millis(h.bins[0]) if h.bins else None for name, (h, _, _) in merged.items()}
    size = {name: round(size / n, 1) if n else 0.0 for name, (_, size, n) in merged.items()}
    return Figures(
        run=run, final=True, overall=overall, operations=tuple(operations), mean_ms=mean, min_ms=least, size=size
    )


def _summary(name: str, tally: _Tally, seconds: float, route: str = "") -> OperationSummary:
    counts = sorted(tally.outcomes.items(), key=lambda item: -item[1])
    return OperationSummary(
        name=name,
        route=route,
        seconds=round(seconds, 3),
        requests=tally.total,
        rate=round(tally.answered / seconds, 3) if seconds else 0.0,
        errors=tally.errors,
        outcomes={str(outcome): n for outcome, n in counts if n},
        latency_ms=tally.quantiles(),
    )


def _drawn(seconds: Sequence[_Second], never: float | None = None) -> list[float | None]:
    """Quantiles for a chart; where one was never answered, `never`."""
    bins: dict[int, int] = {}
    for one in seconds:
        for bin_, count in one.bins.items():
            bins[bin_] = bins.get(bin_, 0) + count
    histogram = Histogram.of(bins, sum(one.infinite for one in seconds))
    values = [histogram.quantile(share) for share in DRAWN]
    return [None if value is None else never if value == inf else round(value * 1000, 4) for value in values]


def _at(running: npt.NDArray[np.int64], finite: int, rank: int) -> float:
    return inf if rank > finite else _millis(int(np.searchsorted(running, rank)))


def _millis(bin_: int) -> float:
    return round(middle_of(bin_) / 1e6 * 1000, 4)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 4)
