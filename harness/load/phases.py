"""Counts the phases of requests by window, as the recorder counts requests. Only where a scenario asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.load.recorder import OTHER
from harness.model.histogram import Histogram, bin_of
from harness.model.phase import Phase, PhaseWindow
from harness.model.window import WIDTH_NS

__all__ = ["PhaseRow", "Phases", "phase_of"]

PhaseRow = list[object]  # as it travels: start_ns, operation, phase, bins, counts
_MOST_NAMES = 1000


class Phases:
    """Counts by (window of the intended start, operation, phase) until drained; bounded as the windows are."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, str, Phase], dict[int, int]] = {}
        self._names: set[str] = set()

    def add(self, intended_ns: int, operation: str, phase: Phase, took_ns: int) -> None:
        """One phase of a request."""
        if operation not in self._names:
            if len(self._names) >= _MOST_NAMES:
                operation = OTHER
            else:
                self._names.add(operation)
        cell = self._cells.setdefault((intended_ns // WIDTH_NS, operation, phase), {})
        bin_ = bin_of(took_ns // 1000)
        cell[bin_] = cell.get(bin_, 0) + 1

    def drain(self) -> list[PhaseRow]:
        """What was added since the last call."""
        cells, self._cells = self._cells, {}
        return [
            [window * WIDTH_NS, operation, phase.value, list(cell), list(cell.values())]
            for (window, operation, phase), cell in cells.items()
        ]


def phase_of(row: Sequence[object]) -> PhaseWindow:
    """The noun from a row as it travelled. Raises TypeError or ValueError for anything else."""
    start, operation, phase, bins, counts = row
    if not (isinstance(start, int) and isinstance(bins, list) and isinstance(counts, list)):
        raise TypeError(f"{row!r} is no row of timings")
    took = Histogram.of(dict(zip(bins, counts, strict=True)))
    return PhaseWindow(start_ns=start, operation=str(operation), phase=Phase(str(phase)), took=took)
