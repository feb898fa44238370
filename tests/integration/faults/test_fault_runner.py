"""A schedule on the run's clock, from the first probe to the last record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness.errors import BadInput, HealFailed, ToxiproxyError
from harness.experiment.recoveries import faults_in_force
from harness.faults import Canary, FaultRunner, Injector, RunClock, Schedule, ToxiproxyClient, parse
from harness.model import Anchor, Edge, Fault, Timeline, Verdict

pytestmark = pytest.mark.integration
Rows = list[dict[str, Any]]


def fault(name: str, kind: str, mapping: Mapping[str, object], at: str, duration: float, edge: str = "http") -> Fault:
    return Fault(name=name, edge=edge, disturbance=parse(kind, mapping), at=Anchor.parse(at), duration=duration)


@pytest.fixture
def run(injector: Injector, canary: Callable[[str], Canary]) -> Callable[..., tuple[FaultRunner, Rows]]:
    """Make a runner over some faults, and the rows it will emit."""

    def make(*faults: Fault, watched: tuple[str, ...] = ("http", "redis")) -> tuple[FaultRunner, Rows]:
        rows: Rows = []
        schedule = Schedule.plan(Timeline.lay_out(None, faults), faults)
        runner = FaultRunner(schedule, injector, {one: canary(one) for one in watched}, emit=rows.append, who="me@here")
        return runner, rows

    return make


def now() -> RunClock:
    return RunClock(zero_ns=time.monotonic_ns(), monotonic_ns=time.monotonic_ns, wall=time.time)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def events(rows: Rows, name: str) -> list[str]:
    return [row["event"] for row in rows if row["fault"] == name]


def test_a_schedule_is_run_and_told(run: Any, client: ToxiproxyClient, promises: Any) -> None:
    """Two faults on two edges: each asked, in force, seen, removed and healed, with both clocks and who asked."""
    runner, rows = run(
        fault("slow", "latency", {"delay": "100ms"}, "200ms", 0.9),
        fault("gone", "down", {}, "100ms after slow", 0.4, "redis"),
    )
    assert runner.prepare() == ()
    runner.start(now())
    until(lambda: [row["event"] for row in rows].count("healed") == 2)
    slow, gone = runner.stop()
    assert (slow.in_force, slow.healed, gone.in_force, gone.healed) == (True, True, True, True)
    assert slow.from_s is not None
    assert slow.to_s is not None
    assert slow.asked_s <= slow.from_s < slow.to_s
    assert events(rows, "slow") == ["asked", "in force", "seen", "removed", "healed"]
    assert all(row["who"] == "me@here" and row["utc"].endswith("Z") and row["at_ns"] >= 0 for row in rows)
    assert "3 of 3 connections show +100 ms" in slow.evidence
    assert client.toxics("http") == {}
    assert promises.open == []
    assert runner.failure is None


def test_stopping_heals_at_once(run: Any, client: ToxiproxyClient) -> None:
    """In the middle of a fault; what had not begun is told as never made."""
    runner, rows = run(fault("gone", "down", {}, "0s", 60), fault("later", "reset", {}, "90s", 5, "redis"))
    runner.prepare()
    runner.start(now())
    until(lambda: "seen" in events(rows, "gone"))
    gone, later = runner.stop()
    assert client.proxy("http").enabled
    assert (gone.healed, gone.in_force) == (True, True)
    assert (later.from_s, later.in_force, later.evidence) == (None, False, "the run ended before its time")


def test_several_may_stop_it_at_once(run: Any) -> None:
    """As when one browser heals a fault and another heals all: it is removed once, and everybody is told the same."""
    runner, rows = run(fault("gone", "down", {}, "0s", 60))
    runner.prepare()
    runner.start(now())
    until(lambda: "seen" in events(rows, "gone"))
    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        told = [one.result() for one in [pool.submit(lambda: together.wait() >= 0 and runner.stop()) for _ in range(4)]]
    assert [records[0].healed for records in told] == [True] * 4
    assert events(rows, "gone").count("removed") == 1


def test_a_fault_removed_behind_our_back_was_not_in_force(run: Any, client: ToxiproxyClient) -> None:
    """Though the canary had seen it."""
    runner, rows = run(fault("slow", "latency", {"delay": "50ms"}, "0s", 60))
    runner.prepare()
    runner.start(now())
    until(lambda: "seen" in events(rows, "slow"))
    client.delete_toxic("http", next(iter(client.toxics("http"))))
    (slow,) = runner.stop()
    assert slow.in_force is False
    assert "ended before its time" in slow.evidence


def test_a_fault_that_cannot_be_made_is_told(run: Any, server: Any) -> None:
    """The run learns of it, and the record says why."""
    runner, rows = run(fault("slow", "latency", {"delay": "50ms"}, "100ms", 1))
    runner.prepare()
    server.stop()
    runner.start(now())
    until(lambda: "failed" in events(rows, "slow"))
    (slow,) = runner.stop()
    assert slow.in_force is False
    assert "could not be made" in slow.evidence
    assert isinstance(runner.failure, ToxiproxyError)


def test_healing_that_fails_stops_loudly(run: Any, injector: Injector, silent_server: str, client: Any) -> None:
    """With what to type, and a row that says so."""
    runner, rows = run(fault("slow", "latency", {"delay": "50ms"}, "0s", 60))
    runner.prepare()
    runner.start(now())
    until(lambda: "in force" in events(rows, "slow"))
    injector.client = ToxiproxyClient(silent_server, timeout_s=0.2)
    with pytest.raises(HealFailed, match="curl -X DELETE"):
        runner.stop()
    assert events(rows, "slow")[-1] in ("heal failed", "seen")
    assert not runner.records[0].healed
    injector.client = client
    injector.heal_all()


def test_an_edge_without_a_canary_is_unverified(run: Any) -> None:
    """In force as read back, and no more is claimed."""
    runner, rows = run(fault("slow", "latency", {"delay": "50ms"}, "0s", 0.2, "raw"))
    runner.prepare()
    runner.start(now())
    until(lambda: "healed" in events(rows, "slow"))
    (slow,) = runner.stop()
    assert (slow.in_force, slow.evidence) == (None, "unverified: the edge has no probe")


def test_faults_at_once_on_one_edge_are_told_apart(run: Any) -> None:
    """Delays add up, so each is seen beside the other; an edge that is down refuses whatever else stands on it."""
    runner, rows = run(
        fault("slow", "latency", {"delay": "60ms"}, "0s", 3.2),
        fault("slower", "latency", {"delay": "200ms"}, "0s", 2.6),
        fault("gone", "down", {}, "1600ms", 0.8),
    )
    runner.prepare()
    runner.start(now())
    until(lambda: [row["event"] for row in rows].count("healed") == 3)
    records = runner.stop()
    assert [one.in_force for one in records] == [True, True, True], [one.evidence for one in records]


def test_a_fault_that_hides_another_leaves_it_unverified(run: Any) -> None:
    """What is silent already shows no delay, and the record says so."""
    runner, rows = run(
        fault("mute", "timeout", {}, "0s", 2.0), fault("slow", "latency", {"delay": "50ms"}, "800ms", 0.8)
    )
    runner.prepare()
    runner.start(now())
    until(lambda: [row["event"] for row in rows].count("healed") == 2)
    _, slow = runner.stop()
    assert slow.in_force is None
    assert "cannot be told from what is in force" in slow.evidence


def test_a_flapping_fault_is_told_window_by_window(run: Any, client: ToxiproxyClient, promises: Any) -> None:
    """Each window is asked of the canary, and the record has all of them."""
    runner, rows = run(fault("gone", "down", "for 800ms every 1600ms", "0s", 4.6))
    runner.prepare()
    runner.start(now())
    until(lambda: events(rows, "gone").count("healed") == 3)
    (gone,) = runner.stop()
    assert events(rows, "gone").count("in force") == events(rows, "gone").count("removed") == 3
    assert (gone.in_force, gone.healed, len(gone.windows)) == (True, True, 3)
    assert "seen in 3 of 3 phases" in gone.evidence
    assert (gone.from_s, gone.to_s) == (gone.windows[0][0], gone.windows[-1][1])
    assert client.proxy("http").enabled
    assert promises.open == []


def test_a_ramp_is_updated_in_place(run: Any, client: ToxiproxyClient, promises: Any) -> None:
    """Toxiproxy holds the strength of each step in turn, under one name and one promise, and each step is told."""
    runner, rows = run(fault("slow", "latency", "from 0ms to 300ms over 2s", "0s", 2.6))
    runner.prepare()
    runner.start(now())
    found: set[int] = set()
    until(
        lambda: (
            found.update(t.attributes["latency"] for t in client.toxics("http").values())
            or "healed" in events(rows, "slow")
        )
    )
    (slow,) = runner.stop()
    assert found == {75, 225, 300}
    assert [row["now"] for row in rows if row["event"] == "changed"] == ["+225 ms", "+300 ms"]
    assert (slow.in_force, slow.windows, len(promises.made)) == (True, (), 1)


def test_a_ramp_whose_update_fails_was_not_in_force(
    run: Any, injector: Injector, silent_server: str, client: Any
) -> None:
    """Whatever was seen of its first step: it never became what was asked, so the run is unknown."""
    runner, rows = run(fault("slow", "latency", "from 0ms to 300ms over 4s", "0s", 60))
    runner.prepare()
    runner.start(now())
    until(lambda: "seen" in events(rows, "slow"))
    injector.client = ToxiproxyClient(silent_server, timeout_s=0.2)
    until(lambda: "failed" in events(rows, "slow"))
    injector.client = client
    until(lambda: "changed" in events(rows, "slow"))
    (slow,) = runner.stop()
    assert (slow.in_force, slow.healed) == (False, True)
    assert slow.evidence.startswith("it could not be changed to +")
    assert faults_in_force([slow])[0].verdict is Verdict.UNKNOWN
    assert client.toxics("http") == {}


def test_a_ramp_that_the_runs_end_cuts_was_not_in_force(run: Any, client: ToxiproxyClient, promises: Any) -> None:
    """What it had come to is told; a fault of one strength that is cut was in force for its time."""
    runner, rows = run(
        fault("slow", "latency", "from 0ms to 300ms over 20s", "0s", 60),
        fault("gone", "down", "for 700ms every 60s", "0s", 600, "redis"),
    )
    runner.prepare()
    runner.start(now())
    until(lambda: "seen" in events(rows, "slow") and "healed" in events(rows, "gone"))
    slow, gone = runner.stop()
    assert (slow.in_force, slow.healed, gone.in_force) == (False, True, True)
    assert slow.evidence.startswith("the run ended at step ")
    assert "never +300 ms" in slow.evidence
    assert faults_in_force([slow])[0].verdict is Verdict.UNKNOWN
    assert promises.open == []


def test_an_edge_that_is_sick_before_is_told(run: Any, client: ToxiproxyClient, server: Any) -> None:
    """A dead upstream is noted before the run, and the fault is not seen to take effect, which makes the run unknown."""
    client.update_proxy("http", upstream="127.0.0.1:9")
    runner, rows = run(fault("gone", "down", {}, "0s", 0.2))
    (note,) = runner.prepare()
    assert "does not answer a probe before any fault" in note
    runner.start(now())
    until(lambda: "healed" in events(rows, "gone"))
    (gone,) = runner.stop()
    assert gone.in_force is False
    assert faults_in_force([gone])[0].verdict is Verdict.UNKNOWN
    assert "did not answer before the fault" in gone.evidence


def test_an_unknown_edge_is_refused_before_the_run(run: Any, edges: dict[str, Edge]) -> None:
    """With the nearest name."""
    runner, _ = run(fault("gone", "down", {}, "0s", 0.2, "htp"), watched=())
    with pytest.raises(BadInput, match="Did you mean `http`"):
        runner.prepare()


def test_a_row_that_cannot_be_written_does_not_lose_a_fault(
    injector: Injector, canary: Callable[[str], Canary], client: ToxiproxyClient
) -> None:
    """A full disk under `faults.jsonl`: told as a failure, and the fault is healed."""
    full = threading.Event()

    def emit(row: dict[str, object]) -> None:
        if full.is_set():
            raise OSError(28, "No space left on device")

    one = fault("slow", "latency", {"delay": "50ms"}, "100ms", 60)
    runner = FaultRunner(
        Schedule.plan(Timeline.lay_out(None, [one]), [one]), injector, {"http": canary("http")}, emit=emit, who="me"
    )
    runner.start(now())
    full.set()
    until(lambda: runner.failure)
    (slow,) = runner.stop()
    assert client.toxics("http") == {}
    assert slow.healed
