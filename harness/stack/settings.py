"""What a stack is asked to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.errors import BadInput

__all__ = ["StackSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """`orders_processes` share one port; `defects` are switched on in the service; `environment` goes to its processes on top.

    `ready_s` bounds the wait for each process, in seconds.
    """

    orders_processes: int = 1
    defects: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_s: float = 60.0

    def __post_init__(self) -> None:
        if self.orders_processes < 1:
            raise BadInput(f"orders_processes is {self.orders_processes}.", "Ask for 1 or more.")
