"""Who carries out the faults of a scenario, who watches them, and the runner over both."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput, HarnessError
from harness.experiment.edge_probe import edge_probe
from harness.experiment.http_links import Place, put_in
from harness.experiment.leasing import leased_toxiproxy
from harness.faults import (
    Applier,
    Appliers,
    Body,
    Canary,
    Command,
    CommandApplier,
    CommandCanary,
    Container,
    FaultRunner,
    HttpApplier,
    HttpFault,
    Injector,
    OwnedBody,
    OwnEdges,
    Probe,
    ProcessApplier,
    RunClock,
    Schedule,
    address_of,
    http_probe,
)
from harness.faults.toxics import Toxical
from harness.faults.watcher import Watcher
from harness.model import NOWHERE, Edge, Fault

if TYPE_CHECKING:
    from harness.experiment.load_stage import Bench

__all__ = ["NoFaults", "faults_of"]

_TOLD = ("in force", "changed", "removed", "failed", "heal failed")


class NoFaults:
    """The runner of a scenario without faults."""

    failure: HarnessError | None = None
    records = ()

    def prepare(self) -> tuple[str, ...]:
        return ()

    def start(self, _clock: RunClock) -> None:
        return

    def stop(self) -> tuple[()]:
        return ()


def faults_of(bench: Bench, stack: ExitStack) -> FaultRunner | NoFaults:
    """The runner of the scenario's faults; what it needs ends with `stack`. Raises BadInput, EnvironmentFailed."""
    if not bench.scenario.faults:
        return NoFaults()
    schedule = Schedule.plan(bench.timeline, bench.scenario.faults)
    injector = _injector(bench, schedule, stack)
    cwd = bench.scenario.source.parent if bench.scenario.source else Path.cwd()
    appliers: list[Applier] = [ProcessApplier(_bodies(bench, schedule), bench.guard), CommandApplier(bench.guard, cwd)]
    if injector is not None:
        appliers.append(injector)
        if (http := _http(bench, injector, stack)) is not None:
            appliers.append(http)
    together = Appliers(*appliers)
    together.check(schedule.firsts)

    origin = {"host": socket.gethostname(), "pid": os.getpid(), "toxiproxy": bench.opened.target.toxiproxy}

    def emit(row: dict[str, object]) -> None:
        row = row | origin
        bench.writer.fault(row)
        bench.desk.fault(row)
        if row["event"] in _TOLD:
            where = "" if row["edge"] == NOWHERE else f" on {row['edge']}"
            bench.listener.event(f"fault {row['fault']}{where}: {row['event']} ({row.get('now', row['describe'])})")

    probes = _probes(bench, injector)
    return FaultRunner(
        schedule,
        together,
        {edge: Canary(probe) for edge, probe in probes.items()},
        emit=emit,
        who=bench.who,
        own_canaries={
            fault.name: own for fault in schedule.firsts if (own := _own_canary(fault, probes, cwd)) is not None
        },
    )


def _own_canary(fault: Fault, probes: Mapping[str, Probe], cwd: Path) -> Watcher | None:
    """For what the edge's plain probe cannot see: a command says itself what it does, an HTTP fault hits some requests only."""
    if isinstance(fault.disturbance, Command):
        return CommandCanary(fault.disturbance, cwd)
    if isinstance(fault.disturbance, HttpFault) and fault.edge in probes:
        return Canary(http_probe(probes[fault.edge], fault.name, fault.disturbance))
    return None


def _http(bench: Bench, injector: Injector, stack: ExitStack) -> HttpApplier | None:
    place = Place(guard=bench.guard, folder=bench.logs, environ=os.environ, listener=bench.listener)
    target, client = bench.opened.target, injector.client
    return put_in(
        bench.scenario.faults, bench.timeline, target, client, place, stack, we_disabled=injector.has_taken_down
    )


def _injector(bench: Bench, schedule: Schedule, stack: ExitStack) -> Injector | None:
    """None where the target has no Toxiproxy: then nothing needs one, or BadInput says so."""
    target = bench.opened.target
    for fault in schedule.firsts:
        if isinstance(fault.disturbance, Toxical | HttpFault) and not target.edges[fault.edge].proxy:
            raise BadInput(
                f"Fault `{fault.name}` is a {fault.disturbance.kind}, and no Toxiproxy stands on edge `{fault.edge}`.",
                "Give the edge a `proxy`, or `listen` and `upstream`.",
            )
    if not target.toxiproxy or not any(_edge(bench, fault).proxy for fault in schedule.faults):
        return None
    client, bench.gathered.lease = leased_toxiproxy(
        target, stack, bench.guard, run=bench.run, owner=bench.who, tell=bench.listener.event
    )
    bench.gathered.own_edges = edges = OwnEdges(client, bench.guard, bench.gathered.lease)
    stack.callback(edges.remove)
    edges.make(target.edges.values())
    return Injector(
        client,
        bench.guard,
        target.edges,
        run_id=bench.run,
        owner=bench.who,
        wall=time.time,
        restart=bench.opened.restart_toxiproxy,
    )


def _bodies(bench: Bench, schedule: Schedule) -> Mapping[str, tuple[Body, ...]]:
    """What of each edge can be killed: processes of ours, or the container that the target names."""
    bodies: dict[str, tuple[Body, ...]] = {
        edge: tuple(OwnedBody(one) for one in processes) for edge, processes in bench.opened.processes.items()
    }
    hurt = {fault.edge for fault in schedule.faults if fault.disturbance.kind in ("kill", "pause", "slow_start")}
    for name, edge in bench.opened.target.edges.items():
        if edge.container and name in hurt:
            bodies[name] = (Container.find(edge.container, os.environ),)
    return bodies


def _probes(bench: Bench, injector: Injector | None) -> dict[str, Probe]:
    """One for each edge with a fault, where there is an address to connect to."""
    target = bench.opened.target
    probes = {}
    for name in {fault.edge for fault in bench.scenario.faults} - {NOWHERE}:
        edge = target.edges[name]
        address = injector.listen_of(name) if edge.proxy and injector else edge.address
        if address:
            host, port = address_of(address, target.toxiproxy)
            probes[name] = edge_probe(target, name, host, port)
    return probes


def _edge(bench: Bench, fault: Fault) -> Edge:
    return Edge(name=NOWHERE) if fault.edge == NOWHERE else bench.opened.target.edges[fault.edge]
