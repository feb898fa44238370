"""What a fault made on the way is not blamed on the service."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract import merge_findings
from harness.contract.tally import Tally
from harness.experiment.makers import maker_of
from harness.model import Edge, FaultRecord, Level, Target

KEY = ("read", "not_a_server_error", "503")
EDGES = {
    "front": Edge(name="front", proxy="front"),
    "mine": Edge(name="mine", proxy="p", listen="127.0.0.1:18080", upstream="127.0.0.1:8080", ours=True),
    "payments": Edge(name="payments", proxy="payments", upstream="127.0.0.1:9000"),
}
TARGET = Target(name="shop", url="http://127.0.0.1:8080", edges=EDGES)


def record(edge: str = "front", kind: str = "http_status", **more: Any) -> FaultRecord:
    """In force from second 10 to 20."""
    return FaultRecord(
        **(
            {"name": "odd", "edge": edge, "kind": kind, "describe": "", "asked_s": 10.0, "from_s": 10.0, "to_s": 20.0}
            | more
        )
    )


def seen(*batches: tuple[float, ...]) -> list[dict[str, object]]:
    """Rows of a worker that saw the same thing at some seconds, told after each batch."""
    tally, rows = Tally(), list[dict[str, object]]()
    for batch in batches:
        for second in batch:
            new = tally.add(KEY, Level.ERROR, int(second * 1e9))
            if new is not None:
                new.message, new.at_ns = "it answered 503", int(second * 1e9)
        rows += tally.drain()
    return rows


@pytest.mark.parametrize("fault", [record(), record("mine"), record(windows=((10.0, 12.0), (15.0, None)))])
def test_what_was_only_seen_while_the_fault_made_it_is_a_note_that_says_so(fault: FaultRecord) -> None:
    """Whatever edge stands before the service, steady or coming and going."""
    (finding,) = merge_findings(seen((11.0, 11.2), (15.5,)), made_by=maker_of(TARGET, [fault]))
    assert (finding.level, finding.count) == (Level.NOTE, 3)
    assert finding.message == "Made by the fault odd on the way, not by the service: it answered 503"


@pytest.mark.parametrize(
    ("fault", "batches"),
    [
        (record("payments"), ((11.0,),)),  # behind the service: what it answers then is its own
        (record(kind="latency"), ((11.0,),)),  # slow is no answer
        (record("gone"), ((11.0,),)),
        (record(from_s=None, to_s=None), ((11.0,),)),  # never came into force
        (record(), ((5.0,), (11.0,))),  # seen before it, too
        (record(), ((11.0,), (25.0,))),
        (record(), ((9.0, 11.0),)),  # one batch on both sides of its start
        (record(windows=((10.0, 11.0), (18.0, 20.0))), ((14.0,),)),  # between its stretches
    ],
)
def test_what_was_also_seen_without_it_is_the_services_own(
    fault: FaultRecord, batches: tuple[tuple[float, ...], ...]
) -> None:
    """An error stays one: a fault is no excuse."""
    (finding,) = merge_findings(seen(*batches), made_by=maker_of(TARGET, [fault]))
    assert (finding.level, finding.message) == (Level.ERROR, "it answered 503")


def test_only_its_own_sightings_are_counted_against_the_service() -> None:
    """Two by itself, three made by the fault."""
    (finding,) = merge_findings(seen((1.0, 2.0), (11.0, 12.0, 13.0)), made_by=maker_of(TARGET, [record()]))
    assert (finding.level, finding.count) == (Level.ERROR, 2)
