"""Shapes, traces and data against a real server: counts, not times."""

import os
import time
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.errors import BadInput
from harness.load.workers import Workers
from harness.model import ClosedStage, DataFile, OpenStage, Profile, Ramp, Spike, Steps, Trace

pytestmark = pytest.mark.integration
GET = """
from locust import FastHttpUser, task
class Mine(FastHttpUser):
    @task
    def go(self):
        self.client.get("/ok/1")
"""
FEED = """
from locust import {kind}, constant, task
from harness.load import rows
class Mine({kind}):
    wait_time = constant(0.01)
    @task
    def go(self):
        row = next(rows())
        self.client.get(f"/ok/1?id={{row['id']}}")
"""


def customers(bench, count: int, at_end: str = "stop") -> DataFile:
    path = bench.folder / "customers.csv"
    path.write_text("id,name\n" + "".join(f"{number},customer {number}\n" for number in range(count)))
    return DataFile(path, at_end)  # type: ignore[arg-type]


def ids(bench) -> Counter:
    return Counter(int(parse_qs(urlsplit(path).query)["id"][0]) for _, path, _, _ in bench.target.seen)


@pytest.mark.parametrize(
    ("rate", "count"),
    [(Ramp(0, 100), 50), (Steps(20, 80, 4), 50), (Spike(20, 200, 0.4, 0.2), 56)],
    ids=lambda value: str(value),
)
def test_a_shape_sends_as_many_requests_as_the_integral_of_its_rate(bench, rate, count) -> None:
    """In a second: (0 + 100) / 2; 20, 40, 60 and 80 for a quarter each; 20 for 0.8 s and 200 for 0.2 s."""
    result = bench.run(GET, profile=Profile((OpenStage(name="load", rate=rate, duration=1),)))
    assert (result.end.due, result.end.ok, len(bench.target.seen)) == (count, count, count)


def test_stages_of_shapes_join_without_losing_an_arrival(bench) -> None:
    """Up and down again in three stages: the integral of the whole, each request under the stage it was due in."""
    result = bench.run(
        GET,
        profile=Profile(
            (
                OpenStage(name="up", rate=Ramp(0, 60), duration=0.5),
                OpenStage(name="top", rate=60, duration=0.5),
                OpenStage(name="down", rate=Ramp(60, 0), duration=0.5),
            )
        ),
    )
    assert result.end.ok == 60
    found: Counter = Counter()
    for window in result.windows:
        found[window.stage] += window.n
    assert found == {"up": 15, "top": 30, "down": 15}


def test_a_trace_is_replayed_arrival_by_arrival(bench) -> None:
    """Bursts and gaps as recorded, each in its own 250 ms; what lies beyond the stage is left out."""
    times = (0.0, 0.0, 0.0, 0.3, 0.55, 0.6, 1.1, 1.9)
    stage = OpenStage(name="load", rate=Trace("x.csv", times), duration=1.5)
    result = bench.run(GET, profile=Profile((stage,)))
    assert (result.end.due, result.end.ok) == (7, 7)
    found: Counter = Counter()
    for window in result.windows:
        found[window.start_ns / 1e9] += window.n
    assert found == {0.0: 3, 0.25: 1, 0.5: 2, 1.0: 1}


def test_users_come_and_go_in_a_shape(bench) -> None:
    """1 to 6 users and back: everybody runs, nothing is cut off, and there are never more than the peak."""
    result = bench.run(
        GET.replace("/ok/1", "/slow/1"),
        profile=Profile(
            (
                ClosedStage(name="up", users=Ramp(1, 6), duration=1),
                ClosedStage(name="stairs", users=Steps(6, 1, 3), duration=1.5),
            )
        ),
    )
    assert set(result.counts) == {("/slow/1", "ok")}
    assert 2 <= max(health.users for health in result.health) <= 6
    assert {window.stage for window in result.windows} == {"up", "stairs"}


@pytest.mark.parametrize("kind", ["FastHttpUser", "HttpUser"])
def test_the_load_stops_when_the_rows_run_out(bench, kind) -> None:
    """Twenty rows, fifty arrivals asked for: twenty requests, one a row; no arrival is invented for the rest, and the reason is told."""
    result = bench.run(FEED.format(kind=kind), data=customers(bench, 20))
    assert ids(bench) == dict.fromkeys(range(20), 1)
    assert (result.end.due, result.end.ok, result.end.requests) == (20, 20, 20)
    assert result.end.early == "the rows of customers.csv ran out; this process took 20"


def test_rows_run_out_under_users_that_wait_for_answers(bench) -> None:
    """The closed model: each row once, and the load stops."""
    profile = Profile((ClosedStage(name="load", users=5, duration=30),))
    result = bench.run(FEED.format(kind="FastHttpUser"), data=customers(bench, 30), profile=profile)
    assert ids(bench) == dict.fromkeys(range(30), 1)
    assert (result.end.ok, result.end.error, result.end.unanswered) == (30, 0, 0)
    assert "ran out" in result.end.early


def test_recycled_rows_begin_again(bench) -> None:
    """Fifty arrivals over twenty rows: each two or three times, and the load comes to its end."""
    result = bench.run(FEED.format(kind="FastHttpUser"), data=customers(bench, 20, "recycle"))
    assert ids(bench) == {number: 3 if number < 10 else 2 for number in range(20)}
    assert (result.end.ok, result.end.early) == (50, "")


def test_processes_take_rows_in_turns(bench, tmp_path) -> None:
    """Two processes, forty arrivals, fifty rows: forty different ones, half of them odd."""
    plan = bench.plan(
        FEED.format(kind="FastHttpUser"),
        data=customers(bench, 50),
        profile=Profile((OpenStage(name="load", rate=40, duration=1),)),
    )
    with Workers.start(plan, 2, env=os.environ, logs=tmp_path) as workers:
        workers.ready(60)
        workers.go(time.monotonic_ns() + 20_000_000)
        while not workers.ended:
            for _ in workers.messages(1):
                pass
        assert not workers.lost
    assert ids(bench) == dict.fromkeys(range(40), 1)


def test_rows_asked_for_without_data_fail_before_the_load(bench) -> None:
    """The locustfile's author learns what to write."""
    source = FEED.format(kind="FastHttpUser").replace("class Mine", "rows()\nclass Mine")
    with bench.start(bench.plan(source)) as generator, pytest.raises(BadInput, match="no `data`"):
        generator.ready(60)


def test_users_that_hang_do_not_hold_up_a_shape_that_goes_down(bench) -> None:
    """Eight users on a target that never answers, told to be one: the load still ends, and every request is accounted for."""
    result = bench.run(
        GET.replace("/ok/1", "/hang/1"),
        profile=Profile((ClosedStage(name="down", users=Ramp(8, 1), duration=1),)),
        drain_s=0.3,
    )
    assert set(result.counts) == {("/hang/1", "unanswered")}
    assert result.counts["/hang/1", "unanswered"] == result.end.unanswered == 8


def test_a_user_that_finds_no_row_for_its_on_start_is_told_before_the_load(bench) -> None:
    """Fewer rows than users of the first pool: nothing is sent."""
    source = """
    from locust import FastHttpUser, task
    from harness.load import rows
    class Mine(FastHttpUser):
        def on_start(self): self.me = next(rows())
        @task
        def go(self): self.client.get("/ok/1")
    """
    plan = bench.plan(source, data=customers(bench, 2))
    with bench.start(plan) as generator, pytest.raises(BadInput, match="Before the load began, the rows of"):
        generator.ready(60)
    assert bench.target.seen == []
