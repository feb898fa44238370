"""A run without load: faults and probes meet live traffic, on one clock; healed before anything else when it ends."""

from __future__ import annotations

import time
from contextlib import ExitStack
from math import floor

from harness.errors import HealFailed
from harness.experiment.fault_stage import NoFaults, faults_of
from harness.experiment.leasing import must_hold
from harness.experiment.live import Live
from harness.experiment.load_stage import ASK_S, Bench, conducted, heal_now, note_zero
from harness.faults import FaultRunner, RunClock
from harness.model.quantity import show_duration
from harness.results import Status


def run_live(bench: Bench) -> None:
    """Let the scenario's time pass under its faults, and fill in `gathered`. Whatever ends it, faults are healed first.

    Raises BadInput for a fault that cannot be, ServiceDied when the target dies, HealFailed, Interrupted.
    """
    duration = bench.scenario.duration
    assert duration is not None
    with ExitStack() as stack:
        faults = faults_of(bench, stack)
        for note in faults.prepare():
            bench.listener.event(note)
        clock = RunClock(time.monotonic_ns(), time.monotonic_ns, time.time)
        note_zero(bench, clock)
        bench.listener.phase(f"on live traffic for {show_duration(duration)}")
        faults.start(clock)
        bench.sampler.start(clock.now_ns)
        bench.desk.began(conducted(bench, clock))
        try:
            _until_over(bench, faults, clock, duration)
        finally:
            heal_now(bench, faults)
            bench.gathered.load_ended = min(clock.now_s(), duration)


def _until_over(bench: Bench, faults: FaultRunner | NoFaults, clock: RunClock, duration: float) -> None:
    gathered, scenario = bench.gathered, bench.scenario
    live = Live(None, bench.timeline, bench.opened.operations, scenario.stop_when, sampled=gathered.sampled)
    shown = 0.0
    while (now := clock.now_s()) < duration:
        if died := bench.opened.died():
            raise died
        if isinstance(faults.failure, HealFailed):
            raise faults.failure
        must_hold(gathered.lease)
        why = bench.desk.must_end()
        if why:
            gathered.status, gathered.why_ended = Status.INTERRUPTED, f"stopped at {now:.1f} s: {why}"
        if now - shown >= 1.0:
            shown = floor(now)  # as under load
            if not why and (why := live.must_stop(now, faults.records)):
                gathered.status, gathered.why_ended = Status.STOPPED, f"stopped at {now:.1f} s, because {why}"
            bench.desk.second()
            bench.listener.progress(live.progress(now, queued=0, dropped=0, late_share=0.0))
        if why:
            bench.listener.event(gathered.why_ended)
            return
        time.sleep(min(ASK_S, max(0.0, duration - clock.now_s())))
