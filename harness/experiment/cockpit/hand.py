"""Faults that somebody puts on by hand, beside or without a run. Each is promised to a guard, verified by a canary, and ends by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.errors import BadInput, HarnessError, HealFailed
from harness.experiment.cockpit.fault_form import Asked
from harness.experiment.cockpit.lines import every_s
from harness.experiment.edge_probe import edge_probe
from harness.faults import (
    Canary,
    FaultRunner,
    Injector,
    RunClock,
    RunLease,
    Schedule,
    ToxiproxyClient,
    address_of,
    secured,
)
from harness.guard import Guard
from harness.model import Anchor, Fault, FaultRecord, Target, Timeline

LEAD_S = 0.05
MADE_S = 5.0  # for Toxiproxy to take it, before the asker is answered
Emit = Callable[[dict[str, object]], None]


@dataclass(slots=True)
class _Put:
    fault: Fault
    runner: FaultRunner
    end_s: float
    stopped: bool = False

    def hurts(self, now_s: float) -> bool:
        """Whether it is in force, or about to be; one that flaps is so until its end."""
        record = self.runner.records[0]
        if self.stopped or (record.from_s is None and self.runner.failure is not None):
            return False
        return record.to_s is None or (every_s(self.fault) is not None and now_s < self.end_s)

    def stop(self) -> None:
        """End it for good. Raises HealFailed."""
        self.runner.stop()
        self.stopped = True


@dataclass(slots=True)
class Hand:
    """Faults by hand on one target. `clock` counts from the run's zero, or from when the page was opened. Any thread may call."""

    target: Target
    guard: Guard
    clock: RunClock
    emit: Emit
    run: str
    owner: str
    _put: dict[str, _Put] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _client: ToxiproxyClient | None = None
    _lease: RunLease | None = None

    def put(self, asked: Asked, who: str) -> float:
        """Put it on, and return when it ends, seconds since the epoch. Raises BadInput, ToxiproxyError."""
        with self._lock:
            other = next((one for one in self._in_force() if one.fault.edge == asked.edge), None)
            if other is not None:
                raise BadInput(
                    f"Edge `{asked.edge}` already has fault `{other.fault.name}` for another {other.end_s - self.clock.now_s():.0f} s: "
                    "what happens could not be told apart.",
                    "Heal it first.",
                )
            fault = Fault(
                name=asked.name,
                edge=asked.edge,
                disturbance=asked.disturbance,
                at=Anchor(max(0.0, self.clock.now_s() + LEAD_S)),
                duration=asked.seconds,
            )
            made = threading.Event()
            runner = self._runner(fault, who, made)
            runner.prepare()
            end_s = fault.at.offset + fault.duration
            self._put[fault.name] = _Put(fault, runner, end_s)
            runner.start(self.clock)
            made.wait(MADE_S)
        if runner.records[0].from_s is None and runner.failure is not None:
            raise runner.failure
        return time.time() + end_s - self.clock.now_s()

    def heal(self, name: str) -> str:
        """End one. Raises BadInput for one that is not in force, HealFailed with what to type."""
        with self._lock:
            put = self._put.get(name)
        if put is None or not put.hurts(self.clock.now_s()):
            raise BadInput(
                f"No fault `{name}` was put on by hand and is in force.", "Reload the page: it may have ended."
            )
        put.stop()
        return f"{name} was healed."

    def heal_all(self) -> int:
        """End all, and say how many were in force. Raises one HealFailed after trying each."""
        with self._lock:
            hurting = [*self._in_force()]
        failures: list[HealFailed] = []
        for put in hurting:
            try:
                put.stop()
            except HealFailed as error:
                failures.append(error)
        if failures:
            raise HealFailed("\n".join(one.what for one in failures), "\n".join(one.todo for one in failures))
        return len(hurting)

    @property
    def failure(self) -> HarnessError | None:
        """What could not be taken back."""
        with self._lock:
            failures = [put.runner.failure for put in self._put.values()]
        return next((one for one in failures if isinstance(one, HealFailed)), None)

    @property
    def records(self) -> tuple[FaultRecord, ...]:
        """What became of each."""
        with self._lock:
            return tuple(record for put in self._put.values() for record in put.runner.records)

    @property
    def names(self) -> frozenset[str]:
        """Of all, those that are over too."""
        with self._lock:
            return frozenset(self._put)

    def hurting(self) -> tuple[str, ...]:
        """Names of those in force, or about to be."""
        with self._lock:
            return tuple(one.fault.name for one in self._in_force())

    def close(self) -> None:
        """Heal, and let go of Toxiproxy."""
        try:
            self.heal_all()
            if self._lease is not None:
                self._lease.give_back()
        finally:
            self._lease = None
            if self._client is not None:
                self._client.close()
                self._client = None

    def client(self) -> ToxiproxyClient:
        """The one connection to the target's Toxiproxy. Raises BadInput where it has none."""
        if not self.target.toxiproxy:
            raise BadInput(
                f"Target `{self.target.name}` has no Toxiproxy.", "Name it under `toxiproxy` in harness.yaml."
            )
        if self._client is None:
            self._client = ToxiproxyClient.of(self.target)
        return self._client

    def _guarded(self) -> ToxiproxyClient:
        """With a lease where a `harness guard` watches. Raises BadInput for a Toxiproxy on another host that nobody watches."""
        client = self.client()
        if self._lease is None:
            self._lease = secured(
                client,
                self.guard,
                owner=self.owner,
                run=self.run,
                no_guard=self.target.limits.unguarded,
                tell=lambda _: None,
            )
        return client

    def _in_force(self) -> list[_Put]:
        now = self.clock.now_s()
        return [put for put in self._put.values() if put.hurts(now)]

    def _runner(self, fault: Fault, who: str, made: threading.Event) -> FaultRunner:
        flaps = {} if every_s(fault) is None else {"every_s": every_s(fault)}

        def emit(row: dict[str, object]) -> None:
            self.emit({**row, "by_hand": True, **flaps})
            if row["event"] in ("in force", "failed"):
                made.set()

        client = self._guarded()
        injector = Injector(client, self.guard, self.target.edges, run_id=self.run, owner=self.owner, wall=time.time)
        schedule = Schedule.plan(Timeline.lay_out(None, (fault,)), (fault,))
        host, port = address_of(injector.listen_of(fault.edge), self.target.toxiproxy)
        canaries = {fault.edge: Canary(edge_probe(self.target, fault.edge, host, port))}
        return FaultRunner(schedule, injector, canaries, emit=emit, who=who)
