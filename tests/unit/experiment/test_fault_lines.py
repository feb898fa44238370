"""The faults of a run as lines to show, told by the rows of `faults.jsonl`."""

from __future__ import annotations

from typing import Any

from harness.experiment.cockpit.lines import FaultLines
from harness.faults import parse
from harness.model import Anchor, Fault, Timeline
from harness.ui.state import FaultState

WALL = 1_000_000.0


def lines_of(written: dict[str, str], *, kind: str = "down", seconds: float = 10.0) -> FaultLines:
    fault = Fault(name="f", edge="db", disturbance=parse(kind, written), at=Anchor(5.0), duration=seconds)
    return FaultLines.planned((fault,), Timeline.lay_out(None, (fault,)))


def tell(lines: FaultLines, event: str, at_s: float, **more: Any) -> FaultState:
    row = {
        "event": event,
        "fault": "f",
        "edge": "db",
        "kind": "down",
        "describe": "",
        "at_ns": round(at_s * 1e9),
        **more,
    }
    lines.take(row, WALL + at_s)
    return lines.all[0]


def test_a_fault_goes_from_planned_to_over() -> None:
    """It counts down to its planned end while it is in force, and is still to come only before."""
    lines = lines_of({})
    assert lines.left() == ("f",)
    begun = tell(lines, "in force", 5.25)
    assert (begun.phase, begun.from_s, begun.ends_unix) == ("in force", 5.25, WALL + 15.0)
    assert lines.left() == ()
    ended = tell(lines, "removed", 15.0)
    assert (ended.phase, ended.to_s, ended.ends_unix, ended.windows) == ("over", 15.0, None, ())


def test_a_fault_that_flaps_is_between_its_windows_until_its_last() -> None:
    """Each window is kept; as long as another comes it counts as still to come, and nobody else may take its edge."""
    lines = lines_of({"for": "1s", "every": "4s"})  # windows at 5, 9 and 13
    for start in (5.0, 9.0):
        assert tell(lines, "in force", start).phase == "in force"
        assert lines.left() == ("f",)
        resting = tell(lines, "removed", start + 1)
        assert (resting.phase, resting.ends_unix) == ("between", WALL + 15.0)
        assert lines.left() == ("f",)
        assert lines.overlapping("db", start + 1, start + 2) is not None
        assert lines.at(start + 2) == ""
    tell(lines, "in force", 13.0)
    assert lines.left() == ()
    over = tell(lines, "removed", 14.0)
    assert (over.phase, over.from_s, over.to_s) == ("over", 5.0, 14.0)
    assert over.windows == ((5.0, 6.0), (9.0, 10.0), (13.0, 14.0))


def test_one_that_was_healed_by_hand_does_not_come_back() -> None:
    """Between its windows or in one."""
    lines = FaultLines()
    by_hand = {"by_hand": True, "who": "me", "every_s": 4.0}
    tell(lines, "asked", 5.0, planned_s=5.0, for_s=10.0, **by_hand)
    tell(lines, "in force", 5.0, **by_hand)
    assert tell(lines, "removed", 6.0, **by_hand).phase == "between"
    lines.close(["f", "another"])
    assert (lines.all[0].phase, lines.all[0].ends_unix) == ("over", None)
    assert lines.overlapping("db", 6.0, 7.0) is None
