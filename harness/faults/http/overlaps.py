"""HTTP faults that would hide one another: of two that match one request at one time, Envoy does the first only. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from harness.errors import BadInput
from harness.faults.http.matched import Matched
from harness.faults.toxics.phases import phases_of
from harness.model import Fault

__all__ = ["refuse_hidden"]


def refuse_hidden(faults: Sequence[Fault], spans: Mapping[str, tuple[float, float]]) -> None:
    """`spans` in seconds since zero. Raises BadInput for two on one edge at one time whose requests are not plainly apart."""
    for one, other in combinations(faults, 2):
        (start, end), (begin, stop) = spans[one.name], spans[other.name]
        if one.edge != other.edge or end <= begin or stop <= start:
            continue
        first, second = (phases_of(fault.disturbance, fault.duration)[0].disturbance for fault in (one, other))
        if isinstance(first, Matched) and isinstance(second, Matched) and not first.apart(second):
            raise BadInput(
                f"HTTP faults `{one.name}` and `{other.name}` are on edge `{one.edge}` at the same time and may match the same request.",
                "Give them different times, or a different method, path or header.",
            )
