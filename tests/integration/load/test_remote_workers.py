"""Load processes that report over TCP, as from other hosts."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import BadInput, EnvironmentFailed
from harness.load import ENTRY, LoadPlan, Message, Windows, Workers
from harness.load.link import Link
from harness.load.remote import Roster, measured_again, mustered, serve_runs
from harness.load.remote.greeting import join
from harness.model import DataFile, Muster, OpenStage, Profile
from harness.stack.ports import free_ports
from tests.integration.load.conftest import Bench
from tests.processes import living_below

pytestmark = pytest.mark.integration

LOOK = """
    from beside import PATH
    from harness.load import rows
    from locust import FastHttpUser, task

    class Looker(FastHttpUser):
        @task
        def look(self):
            self.client.get(PATH + next(rows())["id"])
"""


NO_PLAN = LoadPlan(
    locustfile=Path("none.py"),
    host="http://127.0.0.1:1",
    profile=Profile((OpenStage(name="a", rate=1.0, duration=1.0),)),
    run="r",
)


class Hosts:
    """Workers in threads of this process, each with a load process of its own."""

    def __init__(self) -> None:
        self.port = free_ports(1)[0]
        self._pool = ThreadPoolExecutor(4)

    def worker(self, *, token: str = "t", version: str = "1", patience_s: float = 30) -> Future[None]:
        """One that joins."""
        return self._pool.submit(
            serve_runs,
            "127.0.0.1",
            self.port,
            token=token,
            version=version,
            argv=ENTRY,
            patience_s=patience_s,
            say=lambda _: None,
        )

    def muster(self, plan: LoadPlan, workers: int, said: list[str] | None = None, patience_s: float = 30) -> Workers:
        """Wait for them."""
        wanted = Muster(workers=workers, port=self.port, patience_s=patience_s)
        return mustered(plan, wanted, token="t", version="1", say=(said if said is not None else []).append)

    def roster(self, said: list[str]) -> Roster:
        """Where they wait."""
        muster = Muster(workers=1, port=self.port)
        return Roster(muster, token="t", version="1", say=said.append, changed=lambda _: None)


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it comes to be so."""
    deadline = time.monotonic() + 60
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    made = Hosts()
    yield made
    made._pool.shutdown()


def plan_of(bench: Bench, *, seconds: float, rate: float = 60) -> LoadPlan:
    """The locustfile imports a module beside it and takes rows: both must travel."""
    (bench.folder / "beside.py").write_text("PATH = '/ok/items/'\n")
    data = bench.folder / "rows.csv"
    data.write_text("id\n" + "".join(f"{n}\n" for n in range(3000)))
    return bench.plan(
        LOOK, profile=Profile((OpenStage(name="load", rate=rate, duration=seconds),)), data=DataFile(data, "stop")
    )


def hear(workers: Workers, heard: list[tuple[int, Message]]) -> None:
    """To the end of all, or the first loss."""
    while not workers.ended and not workers.lost:
        heard += workers.messages(0.2)


def test_workers_on_other_hosts_make_one_plan(bench: Bench, hosts: Hosts) -> None:
    """All arrivals, no row twice, clocks known at the start and at the end; the workers end in order."""
    waiting = [hosts.worker(), hosts.worker()]
    heard: list[tuple[int, Message]] = []
    with hosts.muster(plan_of(bench, seconds=2), 2) as workers:
        workers.ready(60)
        workers.go(time.monotonic_ns() + 100_000_000)
        hear(workers, heard)
        clocks = measured_again(workers)
        assert workers.lost == []
    for one in waiting:
        one.result(30)
    counts = Counter(w for w, m in heard if isinstance(m, Windows) for row in m.rows for _ in range(row.n))
    assert counts == {0: 60, 1: 60}
    paths = [path for _, path, _, _ in bench.target.seen]
    assert len(set(paths)) == len(paths) == 120
    assert all(one.drift_ns is not None and abs(one.offset_ns) <= one.uncertainty_ns for one in clocks)


def test_nobody_joins_without_the_secret_or_with_another_version(bench: Bench, hosts: Hosts) -> None:
    """Each is refused with the reason on both sides, nothing of the plan is told, and the run goes on waiting."""
    said: list[str] = []
    wrong, other, right = hosts.worker(token="x"), hosts.worker(version="2"), None
    gathering = threading.Thread(target=lambda: _close(hosts.muster(plan_of(bench, seconds=1), 1, said)))
    gathering.start()
    with pytest.raises(BadInput, match="HARNESS_WORKER_TOKEN"):
        wrong.result(30)
    with pytest.raises(BadInput, match="this worker is harness 2, and the run is 1"):
        other.result(30)
    right = hosts.worker()
    gathering.join(30)
    with pytest.raises(EnvironmentFailed):  # the run was closed before its end
        right.result(30)
    assert sum("was refused" in line for line in said) == 2


def _close(workers: Workers) -> None:
    workers.close()


def test_a_worker_runs_nothing_of_a_stranger_s(hosts: Hosts) -> None:
    """Who listens there and does not know the secret is left, before its plan is read."""
    with socket.create_server(("127.0.0.1", hosts.port)) as listener:
        worker = hosts.worker()
        end, _ = listener.accept()
        stranger = Link(end)
        stranger.send({"kind": "hello", "version": "1", "nonce": "n"})
        assert (stranger.receive(10) or {})["kind"] == "join"
        stranger.send({"kind": "welcome", "proof": "0" * 64})
        stranger.send({"kind": "plan", "plan": {}})
        with pytest.raises(BadInput, match="nothing of it is run"):
            worker.result(30)
        stranger.close()


def test_too_few_workers_are_told(bench: Bench, hosts: Hosts) -> None:
    """With how many came; the one that did is let go."""
    worker = hosts.worker()
    with pytest.raises(EnvironmentFailed, match="Only 1 of 2 workers reported"):
        hosts.muster(plan_of(bench, seconds=1), 2, patience_s=3)
    with pytest.raises(EnvironmentFailed, match="ended before a run began"):
        worker.result(30)


def test_a_port_in_use_is_told(bench: Bench, hosts: Hosts) -> None:
    """With the option that helps."""
    with socket.create_server(("127.0.0.1", hosts.port)), pytest.raises(EnvironmentFailed, match="cannot report"):
        hosts.muster(plan_of(bench, seconds=1), 1)


def test_a_lost_load_process_is_told_by_its_worker(bench: Bench, hosts: Hosts) -> None:
    """kill -9 of it: the run hears at once, and the worker ends with an error that quotes it."""
    workers_there = [hosts.worker(), hosts.worker()]
    heard: list[tuple[int, Message]] = []
    with hosts.muster(plan_of(bench, seconds=30), 2) as workers:
        workers.ready(60)
        workers.go(time.monotonic_ns() + 100_000_000)
        while not any(isinstance(m, Windows) for _, m in heard):
            heard += workers.messages(0.2)
        os.kill(living_below(os.getpid(), "harness.load.child")[0], signal.SIGKILL)
        hear(workers, heard)
        assert len(workers.lost) == 1
        assert "was lost" in workers.lost[0].why.what
    failures = [one.exception(30) for one in workers_there]
    assert len([one for one in failures if one is not None]) == 2  # one lost its process, the other its run
    assert living_below(os.getpid(), "harness.load.child") == []


def test_workers_serve_one_test_after_the_other(bench: Bench, hosts: Hosts) -> None:
    """Those that wait share the first test, report again after it, and share the next; what is left over waits on. Once nobody
    listens any more they end."""
    said: list[str] = []
    roster = hosts.roster(said)
    try:
        there = [hosts.worker(patience_s=2) for _ in range(2)]
        for _ in range(2):
            heard: list[tuple[int, Message]] = []
            with roster.workers(plan_of(bench, seconds=1), 2, patience_s=60, still=lambda: None) as workers:
                assert roster.waiting == ()
                workers.ready(60)
                workers.go(time.monotonic_ns() + 100_000_000)
                hear(workers, heard)
                assert workers.lost == []
            counts = Counter(w for w, m in heard if isinstance(m, Windows) for row in m.rows for _ in range(row.n))
            assert counts == {0: 30, 1: 30}
        assert until(lambda: len(roster.waiting) == 2)
        assert roster.waiting[0].host == socket.gethostname()
    finally:
        roster.close()
    for one in there:
        one.result(60)


def test_a_worker_that_goes_while_it_waits_is_missed(hosts: Hosts) -> None:
    """Its place is free, somebody is told, and a test that needs it is not begun; who asks for the end need not wait for more."""
    said: list[str] = []
    roster = hosts.roster(said)
    try:
        with socket.create_connection(("127.0.0.1", hosts.port)) as end:
            join(Link(end), "t", "1")
            assert until(lambda: len(roster.waiting) == 1)
        assert until(lambda: roster.waiting == ())
        assert any("gone" in line for line in said)
        with pytest.raises(EnvironmentFailed, match="Only 0 of 1 workers wait"):
            roster.workers(NO_PLAN, 1, patience_s=0.1, still=lambda: None)

        def enough() -> None:
            raise BadInput("Somebody asked for the end.")

        with pytest.raises(BadInput, match="asked for the end"):
            roster.workers(NO_PLAN, 1, patience_s=600, still=enough)
    finally:
        roster.close()


def test_a_roster_lets_in_who_knows_the_secret(hosts: Hosts) -> None:
    """A stranger is told no, and no frame of hostile size is read; who comes after them waits for a test."""
    said: list[str] = []
    roster = hosts.roster(said)
    try:
        with pytest.raises(BadInput, match="HARNESS_WORKER_TOKEN"):
            hosts.worker(token="x").result(30)
        with socket.create_connection(("127.0.0.1", hosts.port)) as end:
            end.sendall(b"\xff\xff\xff\xff")
            assert until(lambda: any("frame" in line for line in said))
        assert roster.waiting == ()
        hosts.worker(patience_s=0.1)
        assert until(lambda: len(roster.waiting) == 1)
    finally:
        roster.close()


def test_nothing_listens(hosts: Hosts, tmp_path: Path) -> None:
    """A worker gives up after its patience, and says how a run is started."""
    with pytest.raises(EnvironmentFailed, match="No run listens"):
        hosts.worker(patience_s=0.1).result(30)
