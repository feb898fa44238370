"""What a run would do, told from the scenario alone."""

from __future__ import annotations

from pathlib import Path

from harness.experiment.dry_run import as_document, moments
from harness.faults import parse
from harness.model import Anchor, Edge, Fault, Load, OpenStage, Profile, Scenario, Target

TARGET = Target(name="shop", url="http://127.0.0.1:1", edges={"db": Edge(name="db", proxy="postgres")})
PROFILE = Profile(
    (
        OpenStage(name="warm-up", rate=10, duration=5, warm_up=True),
        OpenStage(name="calm", rate=20, duration=15),
    )
)


def scenario(*faults: Fault) -> Scenario:
    return Scenario(
        name="s", target=TARGET, load=Load(locustfile=Path("/x/shop.py"), profile=PROFILE), faults=tuple(faults)
    )


def fault(name: str, at: str, duration: float) -> Fault:
    down = parse("down", {})
    return Fault(name=name, edge="db", disturbance=down, at=Anchor.parse(at), duration=duration)


def test_everything_stands_in_the_order_of_time() -> None:
    """Stages, each fault's beginning and end, and the end of the load; anchors are resolved."""
    told = [
        (one.at, one.what, one.name)
        for one in moments(scenario(fault("b", "2s after a", 3), fault("a", "1s into calm", 2)))
    ]
    assert told == [
        (0.0, "stage", "warm-up"),
        (5.0, "stage", "calm"),
        (6.0, "fault begins", "a"),
        (8.0, "fault ends", "a"),
        (10.0, "fault begins", "b"),
        (13.0, "fault ends", "b"),
        (20.0, "stage", ""),
    ]


def test_a_fault_that_the_load_outruns_ends_with_it() -> None:
    """The run heals when its load ends, and the plan says so."""
    late = scenario(fault("late", "15s", 30))
    end = next(one for one in moments(late) if one.what == "fault ends")
    assert (end.at, "before its time" in end.text) == (20.0, True)
    assert as_document(late)["faults"] == [
        {
            "name": "late",
            "edge": "db",
            "proxy": "postgres",
            "kind": "down",
            "describe": "connections refused",
            "from_s": 15.0,
            "to_s": 20.0,
        }
    ]
