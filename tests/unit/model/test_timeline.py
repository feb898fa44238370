"""Stages and faults on one clock."""

from __future__ import annotations

import pytest

from harness.errors import BadInput
from harness.model import Anchor, Fault, OpenStage, Operation, Operations, Profile, Timeline, Verdict, worst


class Gone:
    kind = "down"

    def describe(self) -> str:
        return "down"


def fault(name: str, at: str, duration: float = 5.0) -> Fault:
    return Fault(name=name, edge="e", disturbance=Gone(), at=Anchor.parse(at), duration=duration)


PROFILE = Profile(
    (
        OpenStage(name="warm", rate=1, duration=10, warm_up=True),
        OpenStage(name="calm", rate=1, duration=30),
    )
)


def test_anchors_resolve_in_any_order() -> None:
    """A fault may start after one that stands later in the file."""
    timeline = Timeline.lay_out(PROFILE, [fault("b", "2s after a"), fault("a", "5s into calm"), fault("c", "3s")])
    assert {span.name: span.start for span in timeline.faults} == {"c": 3.0, "a": 15.0, "b": 22.0}
    assert timeline.fault_at(16) == "a"
    assert timeline.duration == 40


@pytest.mark.parametrize("faults", [[fault("a", "1s after a")], [fault("a", "1s after b"), fault("b", "1s into a")]])
def test_a_circle_is_refused(faults: list[Fault]) -> None:
    """Faults that wait for each other are a mistake, not a hang."""
    with pytest.raises(BadInput):
        Timeline.lay_out(PROFILE, faults)


def test_the_worst_verdict_wins_and_none_is_unknown() -> None:
    """fail over unknown over pass; no checks at all prove nothing."""
    assert worst([Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert worst([]) is Verdict.UNKNOWN


def test_requests_find_their_operation() -> None:
    """A literal path wins over a template; a name may be an id, a route, a tag or a glob."""
    operations = Operations(
        [
            Operation(name="read", method="GET", template="/o/{id}", tags=("orders",)),
            Operation(name="mine", method="GET", template="/o/mine"),
        ]
    )
    found = operations.match("get", "/o/mine?x=1")
    assert found is not None
    assert found.name == "mine"
    assert operations.match("GET", "/o/17/items") is None
    assert operations.resolve("GET /o/{id}") == operations.resolve("tag:orders") == ("read",)
    assert operations.resolve("*") == ("read", "mine")
    with pytest.raises(BadInput, match="raed"):
        operations.resolve("raed")
