"""A way to the target through an edge."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Detour"]


@dataclass(frozen=True, slots=True)
class Detour:
    """Connections to `host` and `port` are made to `by_host` and `by_port` instead."""

    host: str
    port: int
    by_host: str
    by_port: int
