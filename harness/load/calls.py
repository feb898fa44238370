"""The calls of a load without a locustfile: handed to its user class, and how one user makes them."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol

from harness.model.call import Call, Taken, Variant, fill

__all__ = ["MOST_KNOWN", "Caller", "Sent", "calls_to_make", "take_calls"]

MOST_KNOWN = 50  # values a user remembers per source; the oldest go first
_DEEPEST = 5  # calls made before a call, for the values that it needs

_calls: tuple[Call, ...] = ()


def take_calls(calls: tuple[Call, ...]) -> None:
    """Called once by a load process, before its user classes are made."""
    global _calls  # one load per process, and its user class has nothing else to ask
    _calls = calls


def calls_to_make() -> tuple[Call, ...]:
    """What the plan holds."""
    return _calls


class Sent(Protocol):
    """An answer, as far as values are taken from it."""

    status_code: int

    @property
    def headers(self) -> Mapping[str, str] | None:
        """By name, any case; None where nothing came."""

    def json(self) -> Any:
        """The parsed body. Raises ValueError."""


class Caller:
    """One user's part: which call is next, the values it knows, and the calls that must go before.

    `send(call, variant, path)` sends one request; `draw` gives a number in [0, 1).
    """

    def __init__(
        self,
        calls: Sequence[Call],
        send: Callable[[Call, Variant, str], Sent],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._by_name = {call.name: call for call in calls}
        self._chosen = [call for call in calls if call.weight > 0]
        self._bounds = list(accumulate(call.weight for call in self._chosen))
        self._send = send
        self._draw = draw
        self._wanted: dict[str, list[Taken]] = {}
        for call in calls:
            for taken in call.takes.values():
                if taken not in self._wanted.setdefault(taken.call, []):
                    self._wanted[taken.call].append(taken)
        self._known: dict[Taken, deque[str]] = {}

    def once(self) -> None:
        """One iteration: a call drawn by weight, after those whose answers it needs and nobody has made yet."""
        self.make(self.drawn())

    def drawn(self) -> Call:
        """One by weight."""
        if len(self._chosen) == 1:
            return self._chosen[0]
        point = self._draw() * self._bounds[-1]
        return self._chosen[min(bisect_right(self._bounds, point), len(self._chosen) - 1)]

    def make(self, call: Call) -> None:
        """Make it, after those whose answers it needs and nobody has made yet."""
        self._make(call, 0)

    def stands_alone(self, call: Call) -> bool:
        """Whether it needs nothing that is not known beforehand, and nobody needs its answer."""
        return not call.takes and not call.fresh and call.name not in self._wanted

    def _make(self, call: Call, depth: int) -> None:
        values: dict[str, str] = {}
        for name, taken in call.takes.items():
            value = self._value(taken, depth)
            if value is None:
                return  # its source gave no value: that request was this iteration's, and it is counted
            values[name] = value
        variant = call.variants[int(self._draw() * len(call.variants))]
        answer = self._send(call, variant, fill(variant.path, values) if values else variant.path)
        if call.method == "DELETE":
            self._forget(call, values)
        if call.name in self._wanted:
            self._learn(call, answer)

    def _value(self, taken: Taken, depth: int) -> str | None:
        known = self._known.get(taken)
        if not known and depth < _DEEPEST and taken.call in self._by_name:
            self._make(self._by_name[taken.call], depth + 1)
            known = self._known.get(taken)
        return known[int(self._draw() * len(known))] if known else None

    def _learn(self, call: Call, answer: Sent) -> None:
        body: Any = None
        fitting = [taken for taken in self._wanted[call.name] if taken.fits(answer.status_code)]
        if any(not taken.header for taken in fitting):
            try:
                body = answer.json()
            except ValueError:
                body = None
        headers = {name.lower(): value for name, value in (answer.headers or {}).items()} if fitting else {}
        for taken in fitting:
            value = taken.read(headers, body)
            if value is not None:
                self._known.setdefault(taken, deque(maxlen=MOST_KNOWN)).append(value)

    def _forget(self, call: Call, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            known = self._known.get(call.takes[name])
            if known and value in known:
                known.remove(value)
