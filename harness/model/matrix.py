"""A matrix: every fault on every edge, one short run each."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.expectation import Expectation
from harness.model.fault import Disturbance

FAULT = "fault"
"""The name of the one fault of a cell, for expectations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixPlan:
    """Seconds of a cell's run before, under and after its fault. Without edges, all; without strengths, a set of every kind.

    `expect` is held in each cell beside the scenario's own; it may name the fault, `fault`.
    """

    calm: float = 3.0
    fault: float = 3.0
    after: float = 4.0
    edges: tuple[str, ...] = ()
    strengths: tuple[Disturbance, ...] = ()
    expect: tuple[Expectation, ...] = ()
