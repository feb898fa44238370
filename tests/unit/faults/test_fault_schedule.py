"""What happens when, without sleeping."""

from __future__ import annotations

from harness.faults import Action, Schedule, What
from harness.faults.toxics import Down
from harness.model import Anchor, Fault, Timeline


def fault(name: str, at: str, duration: float, edge: str = "db") -> Fault:
    return Fault(name=name, edge=edge, disturbance=Down(), at=Anchor.parse(at), duration=duration)


def plan(*faults: Fault) -> Schedule:
    return Schedule.plan(Timeline.lay_out(None, faults), faults)


def test_a_fault_is_probed_made_and_healed() -> None:
    """In that order, at its times."""
    assert plan(fault("gone", "5s", 2)).actions == (
        Action(3, What.PROBE, "gone"),
        Action(5, What.APPLY, "gone"),
        Action(7, What.HEAL, "gone"),
    )


def test_an_edge_is_free_before_the_next_fault_takes_it() -> None:
    """Where one ends as another begins, healing comes first; and the second is not probed under the first."""
    actions = plan(fault("a", "5s", 2), fault("b", "7s", 2)).actions
    assert [(one.what, one.fault) for one in actions if one.at == 7] == [(What.HEAL, "a"), (What.APPLY, "b")]
    assert Action(5, What.PROBE, "b") not in actions


def test_faults_at_once_on_one_edge_are_known_as_such() -> None:
    """Overlaps count on the same edge only, and touching is no overlap."""
    schedule = plan(fault("a", "5s", 5), fault("b", "7s", 1), fault("c", "7s", 1, "cache"), fault("d", "10s", 1))
    assert schedule.overlaps == {"a": ("b",), "b": ("a",), "c": (), "d": ()}


def test_times_of_a_fault_are_those_of_the_timeline() -> None:
    """Anchors are resolved before."""
    schedule = plan(fault("a", "5s", 5), fault("b", "2s after a", 1))
    assert (schedule.start_of("b"), schedule.end_of("b")) == (12, 13)
