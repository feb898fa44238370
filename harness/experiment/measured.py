"""All windows of a run, indexed by time, so that any stretch of any operation can be asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from harness.model import WIDTH_NS, Histogram, Outcome, Window

Stretch = tuple[float, float]
"""From and to, seconds since zero; the end excluded."""

_NONE = Histogram()


@dataclass(slots=True)
class Measured:
    """Windows by operation and number (`start_ns // WIDTH_NS`); grows with time, never with requests."""

    _rows: dict[str, dict[int, list[Window]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    @classmethod
    def of(cls, windows: Iterable[Window]) -> Measured:
        """From any number of windows, in any order."""
        measured = cls()
        for window in windows:
            measured.add(window)
        return measured

    def add(self, window: Window) -> None:
        """Take one more, packed, without its service times: nothing that judges a run asks for them, and the folder has them."""
        kept = replace(window, service=_NONE, latency=window.latency.packed())
        self._rows[window.operation][window.start_ns // WIDTH_NS].append(kept)

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation seen."""
        return tuple(sorted(self._rows))

    @property
    def end(self) -> float:
        """Seconds since zero at which the last window ends."""
        last = max((number for rows in self._rows.values() for number in rows), default=-1)
        return (last + 1) * WIDTH_NS / 1e9

    def windows(self, operations: Sequence[str] | None, stretches: Iterable[Stretch]) -> list[Window]:
        """The windows that lie wholly inside any of the stretches, in order of time; None means all operations."""
        numbers = sorted({n for stretch in stretches for n in _numbers(stretch)})
        names = self.operations if operations is None else operations
        return [w for n in numbers for name in names if name in self._rows for w in self._rows[name].get(n, ())]

    def slices(
        self, operations: Sequence[str] | None, stretches: Iterable[Stretch], *, open_for_ever: bool = False
    ) -> list[Histogram]:
        """One latency histogram per 250 ms, over all outcomes, for each slice of the stretches in which something was due.

        What was open at the end waited at least that long; `open_for_ever` takes it as never answered, which is the other bound.
        """
        by_time: dict[int, list[Histogram]] = defaultdict(list)
        for window in self.windows(operations, stretches):
            for_ever = open_for_ever and window.outcome is Outcome.UNANSWERED
            by_time[window.start_ns].append(Histogram(infinite=window.n) if for_ever else window.latency)
        return [Histogram.merged(by_time[start]) for start in sorted(by_time)]

    def forget_before(self, seconds: float) -> None:
        """Drop what started before, so that a live view stays small."""
        first = int(seconds * 1e9) // WIDTH_NS
        for rows in self._rows.values():
            for number in [n for n in rows if n < first]:
                del rows[number]


def _numbers(stretch: Stretch) -> range:
    first = -(-round(stretch[0] * 1e9) // WIDTH_NS)
    return range(max(0, first), max(0, round(stretch[1] * 1e9) // WIDTH_NS))


def in_windows(stretches: Iterable[Stretch], *, whole_at: Sequence[float] = ()) -> list[Stretch]:
    """From the first to the last whole window of each, without those that have none: nothing else of them is counted.

    Where one ends at any of `whole_at`, nothing came after that, and its last window is whole although time was short.
    """
    found = []
    for start, end in stretches:
        numbers = _numbers((start, end))
        last = -(-round(end * 1e9) // WIDTH_NS) if end in whole_at else numbers.stop
        if last > numbers.start:
            found.append((numbers.start * WIDTH_NS / 1e9, last * WIDTH_NS / 1e9))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many ended how. `sent` leaves out what never reached the target's door or never came back."""

    total: int
    by_outcome: dict[Outcome, int]

    @classmethod
    def of(cls, windows: Iterable[Window]) -> Counts:
        """Add up."""
        by: dict[Outcome, int] = defaultdict(int)
        for window in windows:
            by[window.outcome] += window.n
        return cls(total=sum(by.values()), by_outcome=dict(by))

    @property
    def errors(self) -> int:
        """What `errors` counts without narrowing."""
        return sum(n for outcome, n in self.by_outcome.items() if outcome.is_error)

    @property
    def answered(self) -> int:
        """Everything that something came back for."""
        return sum(n for outcome, n in self.by_outcome.items() if outcome.is_answer)

    def of_classes(self, classes: Sequence[str]) -> int:
        """The errors of some classes, or all errors where none are named."""
        return sum(self.by_outcome.get(Outcome(name), 0) for name in classes) if classes else self.errors


def subtract(whole: Iterable[Stretch], holes: Iterable[Stretch]) -> list[Stretch]:
    """What is left of `whole` outside `holes`."""
    left = list(whole)
    for start, end in holes:
        cut: list[Stretch] = []
        for a, b in left:
            if end <= a or start >= b:
                cut.append((a, b))
                continue
            cut += [(x, y) for x, y in ((a, start), (end, b)) if y > x]
        left = cut
    return left
