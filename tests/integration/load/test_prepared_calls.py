"""Load without a locustfile: the calls of the plan reach the target."""

from __future__ import annotations

import math
import socket
import time
from collections import Counter
from dataclasses import replace

import pytest

from harness.load import PREPARED
from harness.model import ClosedStage, OpenStage, Profile
from harness.model.call import Call, Taken, Variant
from tests.integration.load.conftest import Bench, Result
from tests.integration.load.scripted import Scripted

OPEN = Profile((OpenStage(name="load", rate=100, duration=1),))


def run(bench: Bench, *calls: Call, profile: Profile = OPEN) -> Result:
    """At 100/s for a second."""
    plan = bench.plan("", profile=profile, operations=())
    result = Result()
    with bench.start(
        replace(plan, locustfile=PREPARED, calls=calls, headers={"Authorization": "Bearer t"})
    ) as generator:
        generator.ready(60)
        generator.go(time.monotonic_ns() + 20_000_000)
        while generator.finished is None:
            for message in generator.messages(1):
                result.take(message)
    return result


def test_prepared_calls_are_sent_as_prepared(bench: Bench) -> None:
    """By weight, under their names, with headers, body, the target's own headers, and a key that is new each time."""
    result = run(
        bench,
        Call(name="look", method="GET", variants=(Variant(path="/ok/a?x=1"), Variant(path="/ok/b")), weight=3),
        Call(
            name="place",
            method="POST",
            variants=(Variant(path="/ok/orders", headers={"Idempotency-Key": "0"}, body=b"{}"),),
            fresh=("Idempotency-Key",),
        ),
    )
    assert {name for name, _ in result.counts} == {"look", "place"}
    assert sum(result.counts.values()) == 100 == result.end.ok
    assert all(headers["authorization"] == "Bearer t" for _, _, headers, _ in bench.target.seen)
    paths = Counter(path for _, path, _, _ in bench.target.seen)
    assert min(paths["/ok/a?x=1"], paths["/ok/b"]) > 10
    placed = [(headers["idempotency-key"], body) for method, _, headers, body in bench.target.seen if method == "POST"]
    assert len({key for key, _ in placed}) == len(placed) > 5
    assert {body for _, body in placed} == {b"{}"}


def test_a_source_that_says_nothing_is_all_that_is_sent(bench: Bench) -> None:
    """Each arrival is one request to the source, and is counted; no request goes to a made-up id."""
    result = run(
        bench,
        Call(name="place", method="POST", variants=(Variant(path="/500/orders"),), weight=0),
        Call(
            name="read",
            method="GET",
            variants=(Variant(path="/ok/{id}"),),
            takes={"id": Taken(call="place", pointer="/id")},
        ),
    )
    assert dict(result.counts) == {("place", "5xx"): 100}
    assert result.end.error == 100


def test_users_without_a_rate_ask_one_call_after_the_other(bench: Bench) -> None:
    """Calls that stand alone and a chain take turns; the stop finds no request open, and counts what the target saw."""
    result = run(
        bench,
        Call(name="look", method="GET", variants=(Variant(path="/ok/a"),), weight=4),
        Call(name="miss", method="GET", variants=(Variant(path="/404/a"),)),
        Call(
            name="place", method="POST", variants=(Variant(path="/ok/orders", body=b"{}"),), fresh=("Idempotency-Key",)
        ),
        profile=Profile(
            (ClosedStage(name="load", users=3, duration=0.5), ClosedStage(name="less", users=1, duration=0.5))
        ),
    )
    paths = Counter(path for _, path, _, _ in bench.target.seen)
    seen = {("look", "ok"): paths["/ok/a"], ("miss", "4xx"): paths["/404/a"], ("place", "ok"): paths["/ok/orders"]}
    assert dict(result.counts) == seen
    assert min(seen.values()) > 10
    assert result.end.requests == sum(seen.values())
    assert {window.stage for window in result.windows} == {"load", "less"}


def test_a_burst_waits_for_free_users_and_is_all_accounted_for(bench: Bench) -> None:
    """One user for arrivals that come faster than answers: they queue, each is made, and those at the end are unanswered or dropped."""
    plan = bench.plan(
        "", profile=Profile((OpenStage(name="load", rate=20, duration=1),)), operations=(), users=1, drain_s=0.5
    )
    result = Result()
    calls = (Call(name="slow", method="GET", variants=(Variant(path="/slow/a"),)),)
    with bench.start(replace(plan, locustfile=PREPARED, calls=calls)) as generator:
        generator.ready(60)
        generator.go(time.monotonic_ns() + 20_000_000)
        while generator.finished is None:
            for message in generator.messages(1):
                result.take(message)
    end = result.end
    assert end.due == 20 == end.ok + end.dropped + end.unanswered
    assert 1 <= end.ok <= 5  # 300 ms each, in 1.5 s
    assert end.dropped >= 14
    assert result.latency.quantile(0.5) == math.inf
    assert result.service.infinite == 0


@pytest.mark.parametrize(
    ("source", "rate", "ahead"), [("", 5000, 8), ("FastUser", 5000, 8), ("FastHttpUser", 5000, 0), ("", 4999, 0)]
)
def test_the_first_arrivals_of_a_high_rate_find_connections(bench: Bench, source: str, rate: int, ahead: int) -> None:
    """Our own clients have some before the load begins. Others open theirs as ever; and so do all at a rate at which a server may have a
    worker that waits for the request of each connection."""
    server = Scripted({"/a": [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]})
    locustfile = f"""
    from locust import FastHttpUser, task
    from harness.load.fast import FastUser
    class Mine({source}):
        @task
        def go(self): self.client.get("/a", name="look")
    """
    profile = Profile((OpenStage(name="load", rate=rate, duration=100 / rate),))
    plan = bench.plan(locustfile, profile=profile, operations=(), host=server.url, users=8)
    if not source:
        calls = (Call(name="look", method="GET", variants=(Variant(path="/a"),)),)
        plan = replace(plan, locustfile=PREPARED, calls=calls)
    result = Result()
    with bench.start(plan) as generator:
        generator.ready(60)
        generator.go(time.monotonic_ns() + 1_500_000_000)
        time.sleep(1)
        before = server.connections, len(server.heads)
        while generator.finished is None:
            for message in generator.messages(1):
                result.take(message)
    server.close()
    assert before == (ahead, 0)
    assert dict(result.counts) == {("look", "ok"): 100}


def test_a_place_that_cannot_be_reached_is_told_by_the_requests(bench: Bench) -> None:
    """Nothing could be opened ahead, which delays nothing."""
    profile = Profile((OpenStage(name="load", rate=5000, duration=0.02),))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    calls = (Call(name="look", method="GET", variants=(Variant(path="/a"),)),)
    plan = replace(
        bench.plan("", profile=profile, operations=(), host=f"http://127.0.0.1:{port}"),
        locustfile=PREPARED,
        calls=calls,
    )
    result = Result()
    with bench.start(plan) as generator:
        generator.ready(60)
        generator.go(time.monotonic_ns() + 300_000_000)
        while generator.finished is None:
            for message in generator.messages(1):
                result.take(message)
    assert dict(result.counts) == {("look", "refused"): 100}
