"""Waiting longer each time something is away."""

from __future__ import annotations

__all__ = ["BackOff"]


class BackOff:
    """`first_s`, doubling, at most `longest_s`."""

    def __init__(self, *, first_s: float = 0.1, longest_s: float = 1.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def longer(self) -> float:
        """Seconds to wait this time."""
        now = self._next_s
        self._next_s = min(now * 2, self._longest_s)
        return now

    def reset(self) -> None:
        """It worked."""
        self._next_s = self._first_s
