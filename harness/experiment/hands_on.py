"""A target with faults by hand, for tests: each is in force for a block, seen by a canary, and healed when the block ends."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed, NotInForce
from harness.experiment.edge_probe import edge_probe
from harness.experiment.kept_target import kept
from harness.experiment.leasing import leased_toxiproxy
from harness.experiment.listener import Silent
from harness.experiment.workshop import guarded, new_id, owner
from harness.faults import Canary, Injector, OwnEdges, address_of
from harness.faults.canary import Sight
from harness.faults.toxics import Toxical
from harness.guard import Guard, state_dir
from harness.model import Anchor, Edge, Fault, Scenario, Target
from harness.model.nearest import did_you_mean

LOOK_S = 10.0  # of a canary, at most
LOCK_S = 120.0  # that a test waits for an edge that another test hurts
ASK_S = 0.05


@dataclass(frozen=True, slots=True)
class HandsOn:
    """An opened target. Blocks of `on` may stand inside one another; one edge is hurt by one process at a time."""

    target: Target
    guard: Guard
    environ: Mapping[str, str]
    _stack: ExitStack
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _clients: dict[str, Injector] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)

    @classmethod
    @contextmanager
    def opened(cls, target: Target, *, folder: Path, environ: Mapping[str, str]) -> Iterator[HandsOn]:
        """The bundled target is started, any other taken as it is. Raises BadInput, EnvironmentFailed, HealFailed at the end."""
        scenario = Scenario(name="tests", target=target, load=None)
        with (
            guarded("tests", environ) as guard,
            kept(target, folder=folder, listener=Silent(), environ=environ) as opener,
            opener(scenario, guard=guard, folder=folder, listener=Silent(), environ=environ) as opened,
            ExitStack() as stack,
        ):
            yield cls(opened.target, guard, environ, stack)

    @contextmanager
    def on(self, edge: str, disturbance: Toxical, *, verify: bool = True, lock_s: float = LOCK_S) -> Iterator[str]:
        """Hurt an edge for a block; yields what the canary saw. `verify=False` sends no probes.

        Raises BadInput for an edge that is not there or may not be hurt, EnvironmentFailed where it cannot be made or the edge stays
        locked, NotInForce where nobody felt it or it ended before the block, HealFailed where it may still be in force.
        """
        about = self._edge(edge)
        injector = self._injector()
        fault = Fault(
            name=f"by-hand-{next(self._numbers)}",
            edge=edge,
            disturbance=disturbance,
            at=Anchor(0.0),
            duration=self.target.limits.max_fault,
        )
        with self._locked(about, lock_s) as alone:
            injector.check([fault])
            canary = self._canary(about, injector) if verify and alone else None
            calm = canary.baseline() if canary else ()
            injector.apply(fault)
            try:
                if canary is None:
                    yield "not looked for" if alone else "unverified: another fault is on the same edge"
                else:
                    yield _felt(canary.look(disturbance, calm, within_s=min(LOOK_S, fault.duration)), fault)
            except BaseException:
                injector.heal(fault.name)
                raise
            removal = injector.heal(fault.name)
            if not removal.found:
                raise NotInForce(f"{disturbance.describe()} on `{edge}` ended before the block did: {removal.how}")

    def _edge(self, name: str) -> Edge:
        limits = self.target.limits
        if name not in self.target.edges:
            raise BadInput(f"Target `{self.target.name}` has no edge `{name}`.", did_you_mean(name, self.target.edges))
        if limits.edges is not None and name not in limits.edges:
            raise BadInput(
                f"Target `{self.target.name}` does not allow faults on edge `{name}`.", "See `limits.edges`."
            )
        return self.target.edges[name]

    def _injector(self) -> Injector:
        if not self._clients:
            if not self.target.toxiproxy:
                raise BadInput(f"Target `{self.target.name}` names no Toxiproxy.", "Add `toxiproxy:` to it.")
            run, who = f"t{new_id()}", owner()
            client, lease = leased_toxiproxy(
                self.target, self._stack, self.guard, run=run, owner=who, tell=Silent().event
            )
            edges = OwnEdges(client, self.guard, lease)
            self._stack.callback(edges.remove)
            edges.make(self.target.edges.values())
            self._clients[""] = Injector(client, self.guard, self.target.edges, run_id=run, owner=who, wall=time.time)
        return self._clients[""]

    def _canary(self, edge: Edge, injector: Injector) -> Canary:
        host, port = address_of(injector.listen_of(edge.name), self.target.toxiproxy)
        return Canary(edge_probe(self.target, edge.name, host, port))

    @contextmanager
    def _locked(self, edge: Edge, within_s: float) -> Iterator[bool]:
        """Tests that run at the same time (pytest-xdist) take turns on an edge; blocks within one test need not: they get False."""
        key = f"{self.target.toxiproxy} {edge.proxy}"
        if key in self._held:
            yield False
            return
        folder = state_dir(self.environ) / "edges"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:20]}.lock"
        with path.open("w") as file:
            _lock(file.fileno(), within_s, time.monotonic, edge.name)
            self._held.add(key)
            try:
                yield True
            finally:
                self._held.discard(key)


def _felt(sight: Sight, fault: Fault) -> str:
    if sight.seen is False:
        raise NotInForce(f"{fault.disturbance.describe()} on `{fault.edge}` was not felt: {sight.evidence}")
    return sight.evidence


def _lock(fd: int, within_s: float, clock: Callable[[], float], edge: str) -> None:
    """The lock is the kernel's: it ends with the process that holds it, whatever ends that."""
    end = clock() + within_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock() > end:
                raise EnvironmentFailed(
                    f"Edge `{edge}` was hurt by another process for over {within_s:g} s.", "See what it does there."
                ) from None
            time.sleep(ASK_S)
        else:
            return
