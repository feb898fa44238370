"""The load and the faults on one clock: start, watch, stop; heal before anything else when it ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import floor
from pathlib import Path
from urllib.parse import urlsplit

from harness.contract import OracleSpec
from harness.errors import BadInput, EnvironmentFailed, HealFailed, Interrupted
from harness.experiment.crew import Crew, report_once
from harness.experiment.desk import Conducted, Desk
from harness.experiment.fault_stage import NoFaults, faults_of
from harness.experiment.gathered import Gathered
from harness.experiment.heard import Heard, opened
from harness.experiment.leasing import must_hold
from harness.experiment.listener import Listener
from harness.experiment.live import Live
from harness.experiment.opening import OpenTarget
from harness.experiment.prepared_load import prepare_calls
from harness.experiment.saving import Saving
from harness.experiment.spawning import GuardedSpawn
from harness.faults import (
    FaultRunner,
    RunClock,
    address_of,
)
from harness.guard import Guard
from harness.load import PREPARED, LoadPlan, Workers
from harness.load.remote import measured_again
from harness.model import Call, Detour, FaultRecord, Load, Scenario, Target, Timeline
from harness.probes import Sampler
from harness.results import RunWriter, Status

ENTRY = (sys.executable, "-m", "harness.experiment.load_process")
READY_S = 60.0
LEAD_NS = 300_000_000  # between go and zero: the first arrival must not be late
OVERTIME_S = 30.0  # beyond the profile and its drain, after which a load process is given up
WORDS_S = 3.0  # for the last words of a load that was told to stop
ASK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the stage works with."""

    scenario: Scenario
    opened: OpenTarget
    gathered: Gathered
    guard: Guard
    writer: RunWriter
    listener: Listener
    run: str
    who: str
    logs: Path
    desk: Desk
    sampler: Sampler
    crew: Crew = report_once

    @property
    def timeline(self) -> Timeline:
        """The plan."""
        return self.scenario.timeline


def run_load(bench: Bench) -> None:
    """Run the load of a scenario with its faults, and fill in `gathered`. Whatever ends it, faults are healed first.

    Raises BadInput for a locustfile or a fault that cannot be, ServiceDied when target or load process die, HealFailed, Interrupted.
    """
    load = bench.scenario.load
    assert load is not None
    calls = prepare_calls(
        load, bench.opened, bench.gathered, bench.scenario.seed, bench.guard, bench.logs, bench.listener
    )
    bench.listener.phase("load: starting users")
    with ExitStack() as stack:
        stack.enter_context(bench.opened.beside_load())
        faults = faults_of(bench, stack)
        plan = _plan(bench, load, calls)
        workers = stack.enter_context(_workers(bench, load, plan))
        bench.gathered.heard = Heard.of(load.processes)
        workers.ready(READY_S)
        for note in faults.prepare():
            bench.listener.event(note)
        clock = RunClock(time.monotonic_ns() + LEAD_NS, time.monotonic_ns, time.time)
        note_zero(bench, clock)
        bench.listener.phase(f"load: {load.profile.duration:g} s")
        workers.go(clock.zero_ns)
        faults.start(clock)
        bench.gathered.clocks = workers.clocks
        bench.sampler.start(clock.now_ns)
        names = tuple(one.peer.name for one in workers.generators) if load.muster else ()
        bench.desk.began(replace(conducted(bench, clock), workers=names))
        watch = _Watch(bench, workers, faults, clock, load.profile.duration + plan.drain_s + OVERTIME_S)
        try:
            watch.until_finished()
            bench.gathered.clocks = measured_again(workers)
            if workers.lost:
                heal_now(bench, faults)
                _end_without(bench, workers, clock)
        except Interrupted:
            heal_now(bench, faults)
            _hear_last_words(bench, workers)
            raise
        finally:
            heal_now(bench, faults)
            bench.gathered.load_ended = _ended(bench, clock)


def _workers(bench: Bench, load: Load, plan: LoadPlan) -> Workers:
    """The load processes, here or on other hosts. Raises Interrupted where somebody asks for the end while they are waited for."""

    def still() -> None:
        if why := bench.desk.must_end():
            raise Interrupted(f"{why[:1].upper()}{why[1:]}, before the load.")

    if load.muster is not None:
        return bench.crew(plan, load.muster, listener=bench.listener, still=still)
    spawn = GuardedSpawn(bench.guard).for_load
    return Workers.start(plan, load.processes, env=os.environ, logs=bench.logs, argv=ENTRY, spawn=spawn)


def _plan(bench: Bench, load: Load, calls: tuple[Call, ...]) -> LoadPlan:
    scenario, target = bench.scenario, bench.opened.target
    observers: dict[str, object] = {}
    if scenario.contract.oracle and bench.opened.description is not None:
        spec = OracleSpec.of(bench.opened.description, scenario.contract.oracle, secrets=target.secrets)
        observers["oracle"] = spec.to_row()
    if scenario.audit:
        observers["audit"] = [effect.to_row() for effect in bench.opened.effects]
    detour = detour_of(target)
    return LoadPlan(
        locustfile=PREPARED if load.prepared else load.locustfile,
        calls=calls,
        host=target.url,
        profile=load.profile,
        run=bench.run,
        users=load.users,
        seed=scenario.seed,
        tags=load.tags,
        exclude_tags=load.exclude_tags,
        user_classes=load.user_classes,
        operations=tuple(bench.opened.operations),
        headers=target.headers,
        secrets=target.secrets,
        timings=load.timings,
        samples=load.samples,
        detour=detour,
        verify_tls=target.verify_tls,
        observers=observers,
        data=load.data,
    )


def detour_of(target: Target) -> Detour | None:
    """Where load connects: an edge that we make before the target's own address, if there is one."""
    parts = urlsplit(target.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    edge = next((e for e in target.edges.values() if e.ours and e.upstream == f"{host}:{port}"), None)
    return None if edge is None else Detour(host, port, *address_of(edge.listen, target.toxiproxy))


class _Watch:
    """Hears the load processes until they have finished, and ends them when something says so."""

    def __init__(
        self, bench: Bench, workers: Workers, faults: FaultRunner | NoFaults, clock: RunClock, give_up_s: float
    ) -> None:
        load = bench.scenario.load
        assert load is not None
        self._bench = bench
        self._workers = workers
        self._faults = faults
        self._clock = clock
        self._saving = Saving(bench.writer, bench.gathered, bench.listener, bench.desk.finding)
        self._live = Live(
            load.profile,
            bench.timeline,
            bench.opened.operations,
            bench.scenario.stop_when,
            sampled=bench.gathered.sampled,
        )
        self._last_shown = 0.0
        self._give_up_s = give_up_s

    def until_finished(self) -> None:
        """Ends early when a load process is lost. Raises ServiceDied, HealFailed, or whatever Interrupted the program."""
        while not self._workers.ended and not self._workers.lost:
            for worker, message in self._workers.messages(ASK_S):
                for window in self._saving.take(worker, message):
                    self._live.add(window)
                self._bench.desk.heard(worker, message)
            now = self._clock.now_s()
            if died := self._bench.opened.died():
                raise died
            if isinstance(self._faults.failure, HealFailed):
                raise self._faults.failure
            must_hold(self._bench.gathered.lease)
            if why := self._bench.desk.must_end():
                self._end(Status.INTERRUPTED, f"stopped at {max(0.0, now):.1f} s: {why}")
            if now > self._give_up_s:
                self._workers.give_up(f"did not end {OVERTIME_S:g} s after its profile")
            if now - self._last_shown >= 1.0:
                self._last_shown = floor(
                    now
                )  # not `now`, which is late by some part of ASK_S: every second shall have its turn
                self._each_second(now)

    def _each_second(self, now: float) -> None:
        gathered = self._bench.gathered
        why = self._live.must_stop(now, self._faults.records)
        if why:
            self._end(Status.STOPPED, f"stopped at {now:.1f} s, because {why}")
        self._bench.desk.second()
        heard = gathered.heard
        self._bench.listener.progress(
            self._live.progress(now, queued=heard.queued, dropped=heard.dropped, late_share=heard.late_share)
        )

    def _end(self, status: Status, why: str) -> None:
        """Once: what ends it first counts."""
        gathered = self._bench.gathered
        if gathered.status is Status.RUNNING:
            gathered.status, gathered.why_ended = status, why
            self._bench.listener.event(why)
            self._workers.stop(why)


def conducted(bench: Bench, clock: RunClock) -> Conducted:
    """What the desk is told when it begins."""
    return Conducted(
        scenario=bench.scenario,
        opened=bench.opened,
        folder=bench.writer.folder,
        gathered=bench.gathered,
        writer=bench.writer,
        clock=clock,
    )


def note_zero(bench: Bench, clock: RunClock) -> None:
    """Zero is known: from here on the run has a timeline."""
    gathered = bench.gathered
    gathered.load_started = True
    gathered.zero_unix = clock.wall() - clock.now_s()
    gathered.zero_utc = datetime.fromtimestamp(gathered.zero_unix, UTC).isoformat(timespec="milliseconds")
    bench.writer.update(zero=gathered.zero_utc, zero_monotonic_ns=clock.zero_ns)


def heal_now(bench: Bench, faults: FaultRunner | NoFaults) -> None:
    """Heal and keep the records; raises HealFailed with what to type."""
    by_hand: tuple[FaultRecord, ...] = ()
    try:
        by_hand = bench.desk.heal()
    finally:
        try:
            faults.stop()
        finally:
            bench.gathered.faults = (*faults.records, *by_hand)


def _end_without(bench: Bench, workers: Workers, clock: RunClock) -> None:
    """A load process was lost: what the others go on to send is no longer the plan, so they end now. Raises ServiceDied
    where none is left. What the run has until then stays, and is `unknown` unless it is worse."""
    gathered, first = bench.gathered, workers.lost[0]
    for one in workers.lost:
        bench.desk.lost(one.worker, one.why.what)
    if len(workers) == 1:
        raise first.why
    gathered.status = Status.INCOMPLETE
    gathered.why_ended = (
        f"Load process {first.worker + 1} of {len(workers)} was lost at {clock.now_s():.1f} s: {first.why.what}"
    )
    bench.listener.event(gathered.why_ended)
    _hear_last_words(bench, workers)
    gathered.history_rows = opened(gathered.history_rows, {one.worker for one in workers.lost})
    if len(workers.lost) == len(workers):
        raise first.why


def _hear_last_words(bench: Bench, workers: Workers) -> None:
    saving = Saving(bench.writer, bench.gathered, bench.listener, bench.desk.finding)
    before = len(workers.lost)
    deadline = time.monotonic() + WORDS_S
    try:
        workers.stop("the run ends", drain_s=0.5)
        while not workers.ended and (left := deadline - time.monotonic()) > 0:
            for worker, message in workers.messages(left):
                saving.take(worker, message)
    except (BadInput, EnvironmentFailed) as error:
        bench.gathered.notes.append(f"The load processes said no last words: {error.what}")
    for one in workers.lost[before:]:
        bench.gathered.notes.append(f"Load process {one.worker + 1} said no last words: {one.why.what}")


def _ended(bench: Bench, clock: RunClock) -> float:
    ended = bench.gathered.heard.ended_s
    return ended if ended is not None else max(0.0, min(clock.now_s(), bench.gathered.measured.end))
