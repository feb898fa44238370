"""Counts requests into windows. It stands on the hot path: a dictionary look-up or two a request, nothing kept per request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.model.failure import Failure
from harness.model.histogram import MAX_MICROS, Histogram, bin_of
from harness.model.window import WIDTH_NS, Outcome, Window

__all__ = [
    "NO_OPERATION",
    "OTHER",
    "OTHER_TEXTS",
    "RAISED",
    "FailureRow",
    "Recorder",
    "Row",
    "SampleColumns",
    "failure_of",
    "window_of",
]

NO_OPERATION = "(no request)"  # an arrival that never got as far as a request
RAISED = (
    "(task raised)"  # an arrival that ended in an exception of the locustfile, though no request of it was an error
)
OTHER = "(other)"  # the names beyond the bound
OTHER_TEXTS = "(other texts)"  # the texts of failures beyond the bound
_MOST_NAMES = 1000  # a locustfile that puts ids into names must not eat the memory
_MOST_TEXTS = 100  # kinds of failure that keep their text: a service that says something new each time must not either
_FIRST_TEXTS = (
    3  # of each operation and outcome are kept even then, so that one that talks much does not hush the others
)

Row = list[
    object
]  # as it travels: start_ns, operation, outcome, stage, n, bytes, latency bins, counts, infinite, service bins, counts

SampleColumns = tuple[list[int], list[str], list[str], list[int]]
"""Of `samples.parquet`: start_ns, operation, outcome, latency_us (-1: it never ended). All of equal length."""

FailureRow = list[object]  # as it travels: start_ns, operation, outcome, text, n


_FOLD = 64  # requests of a cell that are binned together: one at a time costs twice as much, all at once would delay arrivals


class _Cell:
    __slots__ = ("bytes", "fresh", "infinite", "latency", "n", "service")

    def __init__(self) -> None:
        self.n = 0
        self.bytes = 0
        self.infinite = 0
        self.latency: dict[int, int] = {}
        self.service: dict[int, int] = {}
        self.fresh: list[tuple[int, int, int]] = []  # latency and service time (ns), bytes; in none of the above yet

    def fold(self) -> None:
        """Bring in what is fresh."""
        fresh, self.fresh = self.fresh, []
        self.n += len(fresh)
        self.bytes += sum([size for _, _, size in fresh])
        _add_bins(self.latency, [latency // 1000 for latency, _, _ in fresh])
        _add_bins(self.service, [service // 1000 for _, service, _ in fresh])


class Recorder:
    """Accumulates by (window of the intended start, operation, outcome, stage) until drained. Rows with equal keys add."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, str, Outcome, str], _Cell] = {}
        self._names: set[str] = set()
        self._failures: Counter[tuple[int, str, Outcome, str]] = Counter()
        self._texts: set[tuple[str, Outcome, str]] = set()
        self._kept: Counter[tuple[str, Outcome]] = Counter()
        self._drained: Counter[Outcome] = Counter()

    def add(
        self,
        intended_ns: int,
        operation: str,
        outcome: Outcome,
        stage: str,
        size: int,
        latency_ns: int,
        service_ns: int,
    ) -> None:
        """One request that ended, or was open at the stop: then both durations are the time waited."""
        cell = self._cells.get((intended_ns // WIDTH_NS, operation, outcome, stage))
        if cell is None:
            cell = self._cell(intended_ns, operation, outcome, stage)
        fresh = cell.fresh
        fresh.append((latency_ns, service_ns, size))
        if len(fresh) >= _FOLD:
            cell.fold()

    def add_failure(self, intended_ns: int, operation: str, outcome: Outcome, text: str) -> None:
        """What a request that was just added said of its failure."""
        operation = self.counted_as(operation)
        kind = (operation, outcome, text)
        if kind not in self._texts:
            if len(self._texts) < _MOST_TEXTS or self._kept[operation, outcome] < _FIRST_TEXTS:
                self._texts.add(kind)
                self._kept[operation, outcome] += 1
            else:
                text = OTHER_TEXTS
        self._failures[intended_ns // WIDTH_NS, operation, outcome, text] += 1

    def add_waiting(self, intended_ns: int, stage: str, waited_ns: int) -> None:
        """An arrival that was open at the stop and never reached a request: latency only."""
        cell = self._cell(intended_ns, NO_OPERATION, Outcome.UNANSWERED, stage)
        cell.n += 1
        bin_ = bin_of(waited_ns // 1000)
        cell.latency[bin_] = cell.latency.get(bin_, 0) + 1

    def add_raised(self, intended_ns: int, stage: str, waited_ns: int | None, text: str) -> None:
        """An iteration that ended in an exception, no request of which was an error: latency only, and none where it had no intended start."""
        cell = self._cell(intended_ns, RAISED, Outcome.FAILED, stage)
        cell.n += 1
        if waited_ns is not None:
            bin_ = bin_of(waited_ns // 1000)
            cell.latency[bin_] = cell.latency.get(bin_, 0) + 1
        self.add_failure(intended_ns, RAISED, Outcome.FAILED, text)

    def add_dropped(self, intended_ns: int, stage: str) -> None:
        """An arrival that no user could take: infinite latency, no service time."""
        cell = self._cell(intended_ns, NO_OPERATION, Outcome.DROPPED, stage)
        cell.n += 1
        cell.infinite += 1

    def drain(self) -> list[Row]:
        """What was added since the last call."""
        self._drained = self.ended
        cells, self._cells = self._cells, {}
        for cell in cells.values():
            cell.fold()
        return [
            [
                *(window * WIDTH_NS, operation, outcome.value, stage, cell.n, cell.bytes),
                *_lists(cell.latency),
                cell.infinite,
                *_lists(cell.service),
            ]
            for (window, operation, outcome, stage), cell in cells.items()
        ]

    def drain_failures(self) -> list[FailureRow]:
        """The texts that were added since the last call."""
        failures, self._failures = self._failures, Counter()
        return [
            [window * WIDTH_NS, operation, outcome.value, text, n]
            for (window, operation, outcome, text), n in failures.items()
        ]

    def drain_samples(self) -> SampleColumns:
        """Each request since the last call, where somebody keeps them: here nobody does."""
        return [], [], [], []

    def counted_as(self, operation: str) -> str:
        """The name that an operation is counted under, once it was added."""
        return operation if operation in self._names else OTHER

    @property
    def ended(self) -> Counter[Outcome]:
        """Requests by outcome, from the start on."""
        counts = self._drained.copy()
        for (_, operation, outcome, _), cell in self._cells.items():
            if operation not in (NO_OPERATION, RAISED):
                counts[outcome] += cell.n + len(cell.fresh)
        return counts

    @property
    def full(self) -> bool:
        """Whether names were so many that the rest is counted as `(other)`."""
        return len(self._names) >= _MOST_NAMES

    def _cell(self, intended_ns: int, operation: str, outcome: Outcome, stage: str) -> _Cell:
        if operation not in self._names:
            if len(self._names) >= _MOST_NAMES:
                operation = OTHER
            else:
                self._names.add(operation)
        key = (intended_ns // WIDTH_NS, operation, outcome, stage)
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell()
        return cell


def _add_bins(counts: dict[int, int], micros: list[int]) -> None:
    """Count durations in µs by bin; the formula of `bin_of`, without a call for each."""
    bins = [
        v if 0 <= v < 2048 else ((s := v.bit_length() - 11) << 10) + (v >> s) if 0 < v <= MAX_MICROS else bin_of(v)
        for v in micros
    ]
    for bin_, n in Counter(bins).items():
        counts[bin_] = counts.get(bin_, 0) + n


def window_of(row: Sequence[object]) -> Window:
    """The noun from a row as it travelled. Raises TypeError or ValueError for anything else."""
    start, operation, outcome, stage, n, size, bins, counts, infinite, service_bins, service_counts = row
    return Window(
        start_ns=_int(start),
        operation=str(operation),
        outcome=Outcome(str(outcome)),
        stage=str(stage),
        n=_int(n),
        bytes=_int(size),
        latency=Histogram(_whole(bins, _LAST_BIN), _whole(counts, _MOST), _int(infinite)),
        service=Histogram(_whole(service_bins, _LAST_BIN), _whole(service_counts, _MOST)),
    )


def failure_of(row: Sequence[object]) -> Failure:
    """The noun from a row as it travelled. Raises TypeError or ValueError for anything else."""
    start, operation, outcome, text, n = row
    return Failure(
        start_ns=_int(start), operation=str(operation), outcome=Outcome(str(outcome)), text=str(text), n=_int(n)
    )


def _lists(counts: dict[int, int]) -> tuple[list[int], list[int]]:
    bins = sorted(counts)
    return bins, [counts[b] for b in bins]


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


_LAST_BIN = bin_of(MAX_MICROS)
_MOST = 2**63 - 1


def _whole(values: object, most: int) -> tuple[int, ...]:
    """Numbers from 0 to `most`."""
    if not isinstance(values, list | tuple) or set(map(type, values)) - {int}:
        raise TypeError(f"{values!r} is no list of whole numbers")
    if values and not 0 <= min(values) <= max(values) <= most:
        raise ValueError(f"{values!r} has a number that is not within 0 and {most}")
    return tuple(values)
