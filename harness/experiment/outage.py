"""Takes away what the bundled service needs, for as long as a contract check asks a few requests of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from harness.experiment.opening import OpenTarget
from harness.experiment.workshop import new_id, owner
from harness.faults import ByHand, Down, Injector, RunClock, ToxiproxyClient
from harness.guard import Guard

__all__ = ["BundledOutage"]


class BundledOutage:
    """An `Outage` of a target whose edges are ours, with everything behind them. The guard ends what we do not."""

    why_none = "the bundled service has no edge behind it"

    def __init__(self, opened: OpenTarget, guard: Guard) -> None:
        self._target, self._guard = opened.target, guard
        with ToxiproxyClient(self._target.toxiproxy) as client:
            listens = {name: str(proxy.listen) for name, proxy in client.proxies().items()}
        way = urlsplit(self._target.url).port
        behind = [e for e in self._target.edges.values() if not listens.get(e.proxy, "").endswith(f":{way}")]
        # The database first: what everything needs tells most.
        self.edges = tuple(edge.name for edge in sorted(behind, key=lambda edge: edge.protocol != "postgres"))

    @contextmanager
    def down(self, edge: str, seconds: float) -> Iterator[None]:
        """Nobody is there within the block. Raises ToxiproxyError, or HealFailed where it stays so."""
        with ToxiproxyClient(self._target.toxiproxy) as client:
            injector = Injector(
                client, self._guard, self._target.edges, run_id=f"c{new_id()}", owner=owner(), wall=time.time
            )
            hand = ByHand(
                injector,
                limits=self._target.limits,
                clock=RunClock(time.monotonic_ns(), time.monotonic_ns, time.time),
                emit=lambda _row: None,  # the check tells what was seen meanwhile
                who=owner(),
                origin={},
            )
            try:
                hand.add(edge, Down(), seconds)
                yield
            finally:
                hand.close()
