"""Users with the fast client, under our engine and under plain Locust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.model import ClosedStage, OpenStage, Profile

pytestmark = pytest.mark.integration
MIXED = """
from locust import events, task
from harness.load.fast import FastUser
class Mine(FastUser):
    wait_time = lambda self: 0.01
    @task
    def go(self):
        self.client.get("/ok/1", name="good")
        self.client.get("/500/1", name="bad")
        with self.client.get("/ok/2", name="judged", catch_response=True) as answer:
            answer.failure("no")
        with self.client.get("/404/1", name="excused", catch_response=True) as answer:
            answer.success()
"""
WRITES = """
@events.quitting.add_listener
def write(environment, **_):
    rows = [f"{e.name} {e.num_requests} {e.num_failures}" for e in environment.stats.entries.values()]
    open(%r, "w").write("\\n".join(sorted([*rows, f"all {environment.stats.total.num_requests}"])))
"""


@pytest.mark.parametrize("listens", [False, True])
def test_locusts_statistics_are_whole_when_the_test_ends(bench, tmp_path: Path, listens) -> None:
    """Whether they are gathered in batches (nobody listens) or the event fires for each request."""
    source = MIXED + WRITES % str(tmp_path / "out")
    if listens:
        source += "events.request.add_listener(lambda **_: None)\n"
    result = bench.run(source, profile=Profile((OpenStage(name="load", rate=25, duration=1),)))
    assert (tmp_path / "out").read_text().split("\n") == [
        "all 100",
        "bad 25 25",
        "excused 25 0",
        "good 25 0",
        "judged 25 25",
    ]
    assert result.counts == {("good", "ok"): 25, ("bad", "5xx"): 25, ("judged", "failed"): 25, ("excused", "ok"): 25}


def test_plain_locust_runs_a_fast_user(bench, tmp_path: Path) -> None:
    """Its own report counts exactly what the server saw. (The users leave by themselves, and the last one ends the test: Locust would kill some
    in a request.)"""
    locustfile = tmp_path / "plain.py"
    leaves = """
    rounds = 0
    @task
    def leave(self):
        self.rounds += 1
        if self.rounds < 20: return
        left.append(self)
        if len(left) == 3: gevent.spawn_later(0.1, self.environment.runner.quit)
        raise StopUser
"""
    locustfile.write_text(MIXED + leaves + "import gevent\nfrom locust.exception import StopUser\nleft = []\n")
    options = ["--headless", "-u", "3", "-r", "3", "-t", "60", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(locustfile), "-H", bench.target.url, *options],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    rows = {row["name"]: (row["num_requests"], row["num_failures"]) for row in json.loads(done.stdout)}
    seen = len(bench.target.seen)
    assert sum(requests for requests, _ in rows.values()) == seen > 0, done.stderr
    assert rows["good"][1] == rows["excused"][1] == 0
    assert rows["bad"][0] == rows["bad"][1] > 0
    assert rows["judged"][0] == rows["judged"][1] > 0


PREPARED = """
from locust import task
from harness.load.fast import FastUser
class Mine(FastUser):
    def on_start(self):
        self.order = self.client.prepare("POST", "/ok/items/7", json={"a": 1}, headers={"X-Mine": "1"})
    @task
    def go(self):
        self.client.send(self.order)
        with self.client.send(self.order, name="judged", catch_response=True) as answer:
            if answer.json() != {}: answer.failure("not what was promised")
"""


def test_a_prepared_request_is_sent_and_counted_as_any_other(bench) -> None:
    """With the plan's credentials, under its operation or name, for each arrival once."""
    result = bench.run(PREPARED, headers={"Authorization": "Bearer secret"})
    assert result.counts == {("/ok/items/7", "ok"): 50, ("judged", "ok"): 50}
    assert (result.end.due, result.end.ok) == (50, 50)
    assert {body for *_, body in bench.target.seen} == {b'{"a": 1}'}
    assert {(h["authorization"], h["x-mine"]) for _, _, h, _ in bench.target.seen} == {("Bearer secret", "1")}


def test_what_has_no_answer_at_the_stop_is_accounted_for(bench) -> None:
    """Open requests of fast users are unanswered, with at least the time waited; nobody is left out."""
    result = bench.run(
        """
        from locust import task
        from harness.load.fast import FastUser
        class Mine(FastUser):
            @task
            def go(self): self.client.get("/hang/1", name="hang")
        """,
        drain_s=0.3,
    )
    assert result.counts == {("hang", "unanswered"): 50}
    assert (result.end.due, result.end.unanswered) == (50, 50)
    assert result.latency.n == 50


def test_a_freeze_shows_in_latency_and_not_in_service_time_alone(bench) -> None:
    """The intended start is kept: arrivals that were due while the server stood still have waited."""
    bench.target.freeze_at, bench.target.freeze_s = 50, 0.5
    result = bench.run(
        """
        from locust import task
        from harness.load.fast import FastUser
        class Mine(FastUser):
            @task
            def go(self): self.client.get("/ok/1", name="ok")
        """,
        profile=Profile((OpenStage(name="load", rate=100, duration=1.5),)),
        users=3,
    )
    assert result.counts == {("ok", "ok"): 150}
    assert result.latency.above(0.1) >= 35
    assert result.service.above(0.1) <= 3


def test_users_of_the_closed_model_go_round(bench) -> None:
    """Each waits for its own answer; every request is counted by stage."""
    result = bench.run(
        """
        from locust import constant, task
        from harness.load.fast import FastUser
        class Mine(FastUser):
            wait_time = constant(0.01)
            @task
            def go(self): self.client.get("/ok/1", name="ok")
        """,
        profile=Profile((ClosedStage(name="a", users=2, duration=0.6), ClosedStage(name="b", users=4, duration=0.6))),
    )
    assert result.end.requests == len(bench.target.seen)
    assert {window.stage for window in result.windows} == {"a", "b"}


def test_connections_end_with_their_users(bench, tmp_path: Path) -> None:
    """Users that leave in the middle of a run keep no descriptor."""
    out = tmp_path / "open"
    bench.run(
        f"""
        import psutil
        from locust import constant, events, task
        from harness.load.fast import FastUser
        @events.quitting.add_listener
        def write(environment, **_):
            port = int(environment.host.rpartition(":")[2])
            held = [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == port]
            open({str(out)!r}, "w").write(str(len(held)))
        class Mine(FastUser):
            wait_time = constant(0.05)
            @task
            def go(self): self.client.get("/ok/1", name="ok")
        """,
        profile=Profile(
            (ClosedStage(name="many", users=5, duration=0.5), ClosedStage(name="few", users=1, duration=0.5))
        ),
    )
    assert bench.target.seen
    assert out.read_text() == "0"
