"""Which faults themselves make answers: what such a fault did on the way to the client is not the service's doing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from harness.faults.http import HTTP_FAULTS
from harness.model import FaultRecord, Target

BEFORE_S, AFTER_S = 0.3, 1.0  # a fault takes hold before it is noted, and its last answers come after its end


def maker_of(target: Target, faults: Iterable[FaultRecord]) -> Callable[[int, int], str]:
    """The name of the fault that answers seen between two times (ns since zero) were made by; empty where none was.

    Only faults of HTTP on an edge between the clients and the service count. Behind the service they hurt it, and what it makes of that is its own.
    """
    windows = [
        (start - BEFORE_S, (end if end is not None else float("inf")) + AFTER_S, one.name)
        for one in faults
        if one.kind in HTTP_FAULTS and stands_before(target, one.edge)
        for start, end in (one.windows or ((one.from_s, one.to_s),))
        if start is not None
    ]

    def made_by(from_ns: int, to_ns: int) -> str:
        return next((name for start, end, name in windows if start <= from_ns / 1e9 and to_ns / 1e9 <= end), "")

    return made_by


def stands_before(target: Target, name: str) -> bool:
    """Whether an edge leads to the target itself, rather than to what it depends on."""
    edge = target.edges.get(name)
    if edge is None:
        return False
    parts = urlsplit(target.url)
    address = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    return name == "front" or address in (edge.upstream, edge.listen)
