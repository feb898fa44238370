"""Several load processes against one real server."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest

from harness.errors import BadInput
from harness.load import LoadPlan, Message, Windows, Workers, load_checks
from harness.load.messages import Finished, Health
from harness.model import ClosedStage, OpenStage, Profile, Verdict

pytestmark = pytest.mark.integration

LOOK = """
    from locust import FastHttpUser, task

    class Looker(FastHttpUser):
        @task
        def look(self):
            self.client.get("/ok/items/1")
"""


def _start(bench, plan: LoadPlan, workers: int) -> Workers:
    return Workers.start(plan, workers, env=os.environ, logs=bench.folder)


def _until_ended(workers: Workers, heard: list[tuple[int, Message]], *, lost_is_enough: bool = False) -> None:
    until = time.monotonic() + 60
    while not workers.ended and time.monotonic() < until:
        heard += workers.messages(0.2)
        if lost_is_enough and workers.lost:
            return


def _counted(heard: list[tuple[int, Message]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for worker, message in heard:
        if isinstance(message, Windows):
            found[worker] += sum(row.n for row in message.rows)
    return found


def test_two_processes_make_one_plan(bench) -> None:
    """Each makes half of the arrivals; together they are all of them, and the checks pass as for one."""
    heard: list[tuple[int, Message]] = []
    with _start(bench, bench.plan(LOOK, profile=Profile((OpenStage(name="load", rate=60, duration=2),))), 2) as workers:
        workers.ready(60)
        workers.go(time.monotonic_ns() + 50_000_000)
        _until_ended(workers, heard)
        assert workers.lost == []
    assert _counted(heard) == {0: 60, 1: 60}
    assert len(bench.target.seen) == 120
    assert sorted(m.due for _, m in heard if isinstance(m, Finished)) == [60, 60]


def test_closed_users_are_shared(bench) -> None:
    """Five users over two processes are three and two."""
    heard: list[tuple[int, Message]] = []
    plan = bench.plan(LOOK, profile=Profile((ClosedStage(name="load", users=5, duration=1.5),)))
    with _start(bench, plan, 2) as workers:
        ready = workers.ready(60)
        workers.go(time.monotonic_ns() + 50_000_000)
        _until_ended(workers, heard)
    assert [one.users for one in ready] == [3, 2]
    assert set(_counted(heard)) == {0, 1}


def test_a_killed_process_is_lost_and_what_it_had_said_stays(bench) -> None:
    """kill -9 of one in the middle: told at once, with at most one report unsent; the other ends in order; the check is unknown."""
    heard: list[tuple[int, Message]] = []
    plan = bench.plan(LOOK, profile=Profile((OpenStage(name="load", rate=100, duration=30),)))
    with _start(bench, plan, 2) as workers:
        workers.ready(60)
        workers.go(time.monotonic_ns() + 50_000_000)
        while _counted(heard)[1] < 50:
            heard += workers.messages(0.1)
        os.kill(workers.pids[1], signal.SIGKILL)
        _until_ended(workers, heard, lost_is_enough=True)
        assert [one.worker for one in workers.lost] == [1]
        assert not workers.ended
        workers.stop("a process was lost", drain_s=0.5)
        _until_ended(workers, heard)
        assert [one.worker for one in workers.lost] == [1]
    finished = [next((m for w, m in heard if w == i and isinstance(m, Finished)), None) for i in (0, 1)]
    assert finished[0] is not None
    assert finished[0].early == "a process was lost"
    assert finished[1] is None
    health = [[m for w, m in heard if w == i and isinstance(m, Health)] for i in (0, 1)]
    assert load_checks(health, finished)[0].verdict is Verdict.UNKNOWN
    lost = len(bench.target.seen) - sum(_counted(heard).values())
    assert 0 <= lost <= 50 * 0.25 * 2  # of 50/s at most one 250 ms report, and as much again for a machine that is slow


def test_one_that_hangs_is_given_up(bench) -> None:
    """A stopped process neither ends nor hangs the run: it is killed and lost."""
    heard: list[tuple[int, Message]] = []
    plan = bench.plan(LOOK, profile=Profile((OpenStage(name="load", rate=20, duration=1),)))
    with _start(bench, plan, 2) as workers:
        workers.ready(60)
        os.kill(workers.pids[0], signal.SIGSTOP)
        workers.go(time.monotonic_ns() + 50_000_000)
        while not any(isinstance(m, Finished) for _, m in heard):
            heard += workers.messages(0.2)
        assert not workers.ended
        workers.give_up("did not end")
        assert workers.ended
        assert [one.worker for one in workers.lost] == [0]
        assert "did not end" in workers.lost[0].why.what


def test_a_locustfile_that_does_not_import_is_told_once(bench) -> None:
    """As with one process: its own traceback, nothing sent."""
    with (
        _start(bench, bench.plan("import nothing_of_that_name"), 2) as workers,
        pytest.raises(BadInput, match="nothing_of"),
    ):
        workers.ready(60)
    assert bench.target.seen == []
