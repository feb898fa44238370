from pathlib import Path

import msgpack
import pytest

from harness.errors import EnvironmentFailed
from harness.load import Backlog, Finished, Health, LoadPlan, Note, Observed, Problem, Ready, Windows
from harness.load.messages import decoded, encoded, encoded_windows
from harness.load.recorder import Recorder
from harness.model import ClosedStage, Histogram, OpenStage, Operation, Outcome, Profile

OPEN = Profile((OpenStage(name="a", rate=5, duration=2, warm_up=True), OpenStage(name="b", rate=7.5, duration=1)))
CLOSED = Profile((ClosedStage(name="a", users=5, duration=2, spawn_rate=1.5),))


@pytest.mark.parametrize("profile", [OPEN, CLOSED])
def test_a_plan_survives_the_way_to_its_process(profile: Profile) -> None:
    """What the load process reads is what the run wrote."""
    plan = LoadPlan(
        locustfile=Path("/x/shop.py"),
        host="http://127.0.0.1:1",
        profile=profile,
        run="r",
        tags=("a",),
        operations=(Operation(name="read", method="GET", template="/x/{id}", tags=("t",)),),
        headers={"Authorization": "Bearer abc"},
        observers={"oracle": {"document": b"\x00\x01"}},
    )
    assert LoadPlan.from_message(msgpack.unpackb(msgpack.packb(plan.to_message()))) == plan


def test_a_plan_shows_no_secret_and_knows_its_token() -> None:
    """Its text holds no header; the bearer token is there for locustfiles."""
    plan = LoadPlan(locustfile=Path("x"), host="h", profile=OPEN, run="r", headers={"authorization": "Bearer abc"})
    assert "abc" not in repr(plan)
    assert plan.token == "abc"
    assert LoadPlan(locustfile=Path("x"), host="h", profile=OPEN, run="r", headers={"X-Key": "k"}).token == ""


@pytest.mark.parametrize(
    "message",
    [
        Ready(users=3, user_classes=("A", "B"), locust="2"),
        Observed(observer="audit", rows=({"a": 1},)),
        Health(at_ns=1, interval_s=1.0, cpu=0.5, due=3),
        Backlog(queued=3, dropped=4),
        Note(text="n"),
        Problem(text="p", fatal=True),
        Finished(due=1, ok=1, error=0, dropped=0, unanswered=0, requests=1, ended_ns=5),
    ],
    ids=lambda message: type(message).__name__,
)
def test_messages_survive_the_way(message: Ready) -> None:
    """Each kind reads back equal."""
    assert decoded(msgpack.unpackb(msgpack.packb(encoded(message)))) == message


def test_windows_survive_the_way() -> None:
    """Rows become the model's noun on the other side."""
    recorder = Recorder()
    recorder.add(0, "read", Outcome.OK, "s", 7, 2_000_000, 1_000_000)
    got = decoded(msgpack.unpackb(msgpack.packb(encoded_windows(1, recorder.drain()))))
    assert isinstance(got, Windows)
    assert got.rows[0].latency == Histogram((2000,), (1,))
    assert got.rows[0].bytes == 7


@pytest.mark.parametrize(
    "message",
    [{"kind": "nonsense"}, {"kind": "note"}, {"kind": "windows", "number": 1, "rows": [[1]]}, {"kind": "windows"}],
)
def test_a_message_of_another_version_is_refused(message: dict[str, object]) -> None:
    """It says which message, instead of failing somewhere later."""
    with pytest.raises(EnvironmentFailed, match=str(message["kind"])):
        decoded(message)
