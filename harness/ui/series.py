"""The seconds of the charts, bounded, so that a page that is open over night stays as light as in its first minute."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

__all__ = ["KEPT_S", "Point", "Series"]

Point = list[float | None]

KEPT_S = 900  # what a chart shows at most, at a point a second
_RECENT = 64  # changes that a page may have missed and still catch up with, one by one


class Series:
    """A run's seconds by operation; the newest value of a second counts. A new run begins anew."""

    def __init__(self) -> None:
        self.run = ""
        self.version = 0
        self._all: dict[float, Point] = {}
        self._operations: dict[str, dict[float, Point]] = {}
        self._changes: deque[tuple[int, str]] = deque(maxlen=_RECENT)

    def take(self, text: str) -> None:
        """Add what is new or has grown: `Points` as JSON."""
        points = json.loads(text)
        if points["run"] != self.run:
            self.run, self._all, self._operations = points["run"], {}, {}
            self._changes.clear()
        self.version += 1
        self._changes.append((self.version, text))
        _merge(self._all, points["all"])
        for name, some in points["operations"].items():
            _merge(self._operations.setdefault(name, {}), some)

    def whole(self) -> dict[str, Any]:
        """All that is kept."""
        return {
            "run": self.run,
            "all": _in_order(self._all),
            "operations": {name: _in_order(kept) for name, kept in self._operations.items()},
        }

    def since(self, version: int) -> list[str] | None:
        """The changes after `version`, as JSON; None where some are gone or there was another run: take the whole."""
        missing = self.version - version
        if missing < 0 or missing > len(self._changes):
            return None
        return [text for number, text in self._changes if number > version]


def _merge(kept: dict[float, Point], points: list[Point]) -> None:
    for point in points:
        at = point[0]
        assert at is not None
        kept[at] = point
    while len(kept) > KEPT_S:
        del kept[next(iter(kept))]


def _in_order(kept: dict[float, Point]) -> list[Point]:
    return [kept[at] for at in sorted(kept)]
