"""Holds a process to a share of its speed by pausing it many times a second."""

from __future__ import annotations

import threading

from harness.errors import HarnessError
from harness.faults.processes.body import Body

__all__ = ["Throttle"]

_PERIOD_S = 0.1  # looking through /proc for its children takes a few milliseconds each time


class Throttle:
    """A thread of its own; `stop` leaves the process running."""

    def __init__(self, body: Body, speed: float) -> None:
        self._body = body
        self._speed = speed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"throttle {body.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Raises EnvironmentFailed where it cannot be resumed."""
        self._stopping.set()
        self._thread.join()
        self._body.resume()

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_PERIOD_S * self._speed):
                self._body.pause()
                stopped = self._stopping.wait(_PERIOD_S * (1 - self._speed))
                self._body.resume()
                if stopped:
                    return
        except HarnessError:
            return  # it ended by itself: the run's watch over its processes tells that
