"""Load without a locustfile: the calls of the plan reach the target."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from harness.load import PREPARED
from harness.model import OpenStage, Profile
from harness.model.call import Call, Taken, Variant
from tests.integration.load.conftest import Bench, Result


def run(bench: Bench, *calls: Call) -> Result:
    """At 100/s for a second."""
    plan = bench.plan("", profile=Profile((OpenStage(name="load", rate=100, duration=1),)), operations=())
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
