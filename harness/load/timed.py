"""Connecting, TLS and the first byte of each request, where a scenario asks for them. Nothing of this is loaded into the path of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from gevent import getcurrent

from harness.load.capture import Call, Capture
from harness.load.phases import Phases
from harness.load.pool import Seat
from harness.model.phase import Phase
from harness.model.window import Outcome

__all__ = ["TimedCapture"]


class TimedCapture(Capture):
    """A capture that also learns the phases of each request: clients `note` them in the greenlet that sends."""

    def __init__(self, *, phases: Phases, **options: Any) -> None:
        super().__init__(**options)
        self.looks = True
        self._phases = phases
        self._under_way: WeakKeyDictionary[Any, list[tuple[Phase, int]]] = WeakKeyDictionary()

    def note(self, phase: Phase, took_ns: int) -> None:
        """The request that this greenlet sends took so long in that phase."""
        noted = self._under_way.get(getcurrent())
        if noted is not None:
            noted.append((phase, took_ns))

    def start(self, seat: Seat | None, method: str, url: str, name: str, asked: Mapping[str, Any]) -> Call:
        """As Capture has it."""
        call = super().start(seat, method, url, name, asked)
        call.phases = self._under_way[getcurrent()] = []
        return call

    def _record(
        self, call: Call, outcome: Outcome, status: int, size: int, response: Any, error: BaseException | None
    ) -> bool:
        counted = super()._record(call, outcome, status, size, response, error)
        if counted and self.zero_ns is not None:
            name = self._operation(call)
            for phase, took in getattr(call, "phases", ()):  # a custom client has none
                self._phases.add(call.intended_ns - self.zero_ns, name, phase, took)
        return counted
