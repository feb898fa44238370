"""A circuit breaker: after several failures in a row it stops asking, then lets one question through at a time."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Breaker"]


class Breaker:
    """Closed; after `threshold` failures in a row open for `rest_s`; then half-open: one call is let through per `rest_s`, and the first
    success closes it. `clock` gives monotonic seconds."""

    def __init__(self, *, clock: Callable[[], float], threshold: int = 5, rest_s: float = 1.0) -> None:
        self._clock = clock
        self._threshold = threshold
        self._rest_s = rest_s
        self._failures = 0
        self._open_until: float | None = None

    @property
    def closed(self) -> bool:
        """Whether calls go through freely."""
        return self._open_until is None

    def admit(self, most: int = 1) -> int:
        """How many of `most` calls may start now: all, one to try, or none."""
        if self._open_until is None:
            return most
        now = self._clock()
        if now < self._open_until:
            return 0
        self._open_until = now + self._rest_s  # the next try, unless this one succeeds
        return min(most, 1)

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0
        self._open_until = None

    def failed(self) -> None:
        """A call was not answered."""
        self._failures += 1
        if self._failures >= self._threshold:
            self._open_until = self._clock() + self._rest_s
