"""The canary of one edge: sends probes and says what they show. Bounded in time and in connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from harness.errors import BadInput
from harness.faults.canary.effect import Calm, Visible, affected, is_certain, patience_of
from harness.faults.canary.observation import Observation
from harness.faults.canary.probe import Probe, probe
from harness.faults.canary.sight import Sight, connections_for, gone, seen
from harness.faults.toxics import SlowClose

__all__ = ["Canary", "address_of"]

_AT_ONCE = 8
_MOST = 1000  # connections for one fault: toxicities below 0.7 % stay unverified
_CALM = 5
_CALM_PATIENCE_S = 2.0
_AFTER_S = 3.0
_ANY_ADDRESS = ("", "::", "0.0.0.0")  # noqa: S104 - what a server says, not what we bind

Ask = Callable[[Probe, float], Observation]


def address_of(listen: str, toxiproxy_url: str) -> tuple[str, int]:
    """Where to connect to a proxy: one that listens on every address is reached where its Toxiproxy is. Raises BadInput."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not port.isdigit():
        raise BadInput(f"`{listen}` is no address to listen on.", "Write it as HOST:PORT, such as 127.0.0.1:18443.")
    return (urlsplit(toxiproxy_url).hostname or "127.0.0.1") if host in _ANY_ADDRESS else host, int(port)


class Canary:
    """Probes one edge. `ask` sends one probe and returns within about its patience."""

    def __init__(self, about: Probe, ask: Ask = probe, clock: Callable[[], float] = time.monotonic) -> None:
        self._about = about
        self._ask = ask
        self._clock = clock

    def baseline(self) -> tuple[Observation, ...]:
        """How the edge answers now; ends at the first probe that is not answered, so it takes at most about 2 s when sick."""
        seen_so_far: list[Observation] = []
        while len(seen_so_far) < _CALM and (not seen_so_far or Calm.of(seen_so_far)):
            seen_so_far.append(self._ask(replace(self._about, leave=True), _CALM_PATIENCE_S))
        return tuple(seen_so_far)

    def look(
        self,
        disturbance: Visible,
        baseline: Sequence[Observation],
        *,
        within_s: float,
        others: Sequence[Visible] = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sight:
        """Whether the fault, made just now, is seen. Every probe ends within `within_s` seconds: the fault's remaining time.

        `others` are in force on the edge at the same time.
        """
        about = self._for(disturbance)
        asked = len(about.question)
        known = Calm.of(baseline, asked)
        calm = known.beside(disturbance, others) if known else None
        if calm is None:
            return seen(disturbance, baseline, (), asked=asked, others=others)
        end, patience = self._clock() + within_s, about.flights * patience_of(disturbance, calm)
        wanted = min(connections_for(disturbance), _MOST)
        observations: list[Observation] = []
        while len(observations) < wanted and not cancelled():
            left = end - self._clock()
            if left <= 2 * calm.slowest:
                break
            wave = min(_AT_ONCE, wanted - len(observations))
            observations += self._together(about, wave, min(patience, left))
            if not is_certain(disturbance) and any(affected(disturbance, calm, one) for one in observations):
                break  # one is enough
        if not observations:
            return Sight(None, f"the fault was too short, or ended too early, to be probed ({within_s:.2f} s)")
        return seen(disturbance, baseline, observations, asked=asked, others=others)

    def look_after(
        self,
        disturbance: Visible,
        baseline: Sequence[Observation],
        *,
        within_s: float = _AFTER_S,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sight:
        """Whether the healed fault is gone: asks again until it is, since a service may need a moment, or the time is up."""
        about, end = self._for(disturbance), self._clock() + within_s
        asked = len(about.question)
        calm = Calm.of(baseline, asked)
        if calm is None:
            return gone(disturbance, baseline, (), asked=asked)
        while True:
            left = end - self._clock()
            patience = min(about.flights * patience_of(disturbance, calm), max(0.05, left))
            sight = gone(disturbance, baseline, self._together(about, 1, patience), asked=asked)
            if sight.seen or left <= 0 or cancelled():
                return sight
            time.sleep(min(0.05, max(0.0, left)))  # an edge that refuses answers at once: do not hammer it

    def _for(self, disturbance: Visible) -> Probe:
        return replace(self._about, leave=isinstance(disturbance, SlowClose))

    def _together(self, about: Probe, n: int, patience_s: float) -> list[Observation]:
        """`n` probes at once. Threads of their own, and daemons: no probe may hold up the end of the process."""
        found: list[Observation] = []
        threads = [
            threading.Thread(target=lambda: found.append(self._ask(about, patience_s)), daemon=True) for _ in range(n)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found
