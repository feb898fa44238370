"""The rows of the big tables: operations with both arms, and how each operation took each fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.report.scene import Scene
from harness.report.sparkline import sparkline
from harness.results import Change, FaultOperation, FaultSummary, Figures, OperationSummary, Series, Summary, figures_of

_SPARK_POINTS = 60
_BOLD = {"slower": "worse", "faster": "better"}
MOST_OPERATIONS = 60
MOST_FAULTS = 12
"""Columns of the matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """One operation: `slower` is hurt over calm at p99, None where either has no data."""

    operation: OperationSummary
    slower: float | None
    change: Change | None
    spark: Markup

    @property
    def tone(self) -> str:
        """How a change looks: never as a verdict, since one run is one sample."""
        return _BOLD.get(self.change.change, "same") if self.change else "same"


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One operation under one fault: what it did meanwhile, how often slower than in calm, and how it came back."""

    figures: Figures
    slower: float | None
    effect: FaultOperation | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """For each arm (the only one of a run has no name) a cell per fault; None where the operation was not seen under it."""

    operation: str
    arms: tuple[tuple[str, tuple[MatrixCell | None, ...]], ...]


def operation_rows(summary: Summary, parts: Mapping[str, Series], scene: Scene) -> tuple[OperationRow, ...]:
    """Worst change first, then the most requests. `parts` are the windows of each operation."""
    changes = {change.operation: change for change in summary.changes}
    step_ns = max(250_000_000, round(scene.end_s * 1e9 / _SPARK_POINTS))
    end_ns, shades = round(scene.end_s * 1e9), bands(scene)
    busiest = sorted(summary.operations, key=lambda o: -o.requests)[:MOST_OPERATIONS]
    rows = []
    for operation in busiest:
        mine = parts.get(operation.name)
        values = mine.over_time(step_ns, (0.99,), end_ns).quantiles[0].tolist() if mine else []
        rows.append(
            OperationRow(
                operation=operation,
                slower=ratio(operation.calm, operation.hurt),
                change=changes.get(operation.name),
                spark=sparkline(values, shades),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.tone != "worse", -(row.slower or 0))))


def matrix_faults(summary: Summary) -> list[FaultSummary]:
    """The columns of the matrix: the first faults that came into force and ended."""
    return [fault for fault in summary.faults if fault.from_s is not None and fault.to_s is not None][:MOST_FAULTS]


def matrix_rows(summary: Summary, parts: Mapping[str, Series]) -> tuple[MatrixRow, ...]:
    """How each operation took each fault that came into force, by name; nothing without a fault."""
    faults = matrix_faults(summary)
    busiest = sorted(summary.operations, key=lambda o: -o.requests)[:MOST_OPERATIONS] if faults else []
    return tuple(
        MatrixRow(one.name, (("", tuple(_cell(one, parts.get(one.name), fault) for fault in faults)),))
        for one in busiest
    )


def _cell(operation: OperationSummary, series: Series | None, fault: FaultSummary) -> MatrixCell | None:
    stretch = (round((fault.from_s or 0.0) * 1e9), round((fault.to_s or 0.0) * 1e9))
    figures = figures_of(series, [stretch]) if series else None
    if figures is None or not figures.requests:
        return None
    effect = next((one for one in fault.operations if one.name == operation.name), None)
    return MatrixCell(figures, ratio(operation.calm, figures), effect)


def bands(scene: Scene) -> Sequence[tuple[float, float]]:
    """Faults as shares of the run, from and to."""
    ends = [(f.from_s, f.to_s if f.to_s is not None else scene.end_s) for f in scene.faults if f.from_s is not None]
    return [(a / scene.end_s, min(1.0, b / scene.end_s)) for a, b in ends if a < scene.end_s] if scene.end_s else []


def ratio(calm: Figures | None, hurt: Figures | None) -> float | None:
    """p99 of the second over that of the first."""
    if calm is None or hurt is None or not calm.latency_ms.p99 or not hurt.latency_ms.p99:
        return None
    return hurt.latency_ms.p99 / calm.latency_ms.p99 if calm.latency_ms.p99 != float("inf") else None
