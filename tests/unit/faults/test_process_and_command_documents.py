"""How process and command faults are written, and what a probe sees of them."""

from __future__ import annotations

import pytest

from harness.faults import Command, Flap, Kill, Pause, SlowStart, parse
from harness.faults.canary import Observation, Outcome, seen
from harness.faults.canary.answer import Answer


def test_process_faults_are_read() -> None:
    """And they flap, too."""
    assert [parse("kill", {}), parse("pause", None), parse("slow_start", "20%")] == [
        Kill(),
        Pause(),
        SlowStart(speed="20%"),
    ]
    assert parse("pause", "for 500ms every 2s") == Flap(Pause(), on=0.5, every=2)


def test_a_command_fault_is_read() -> None:
    """With its checks and its time."""
    given = {"apply": "a on", "heal": "a off", "in_force": "a ask", "within": "5s"}
    assert parse("command", given) == Command(apply="a on", heal="a off", in_force="a ask", within="5s")


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("kill", {"at_once": True}, "`at_once` is not a key of kill"),
        ("slow_start", {"speed": "100%"}, "slows nothing down"),
        ("command", {"apply": "a on"}, "command needs `heal`"),
        ("command", {"apply": "", "heal": "x"}, "is no command"),
        ("command", {"apply": "a", "heal": "b", "within": "2min"}, "whatever heals must end"),
        ("comand", {}, "did you mean `command`"),
    ],
)
def test_a_mistake_is_named(kind: str, given: object, says: str) -> None:
    """With the key and what to write instead."""
    with pytest.raises(ValueError, match=says):
        parse(kind, given)


CALM = [Observation(outcome=Outcome.ANSWERED, seconds=0.001, size=100, answer=Answer(status=200))] * 3


@pytest.mark.parametrize(
    ("outcome", "status", "shows"),
    [
        (Outcome.REFUSED, None, True),
        (Outcome.CLOSED, None, True),
        (Outcome.ANSWERED, 503, True),
        (Outcome.ANSWERED, 200, False),
        (Outcome.SILENT, None, None),
    ],
)
def test_a_dead_process_is_known_by_what_stands_before_it(
    outcome: Outcome, status: int | None, shows: bool | None
) -> None:
    """A proxy closes, a gateway answers in its stead, the kernel refuses; silence is something else."""
    answer = None if status is None else Answer(status=status)
    probes = [Observation(outcome=outcome, seconds=0.5, size=90 if answer else 0, answer=answer)] * 3
    assert seen(Kill(), CALM, probes).seen is shows


def test_a_paused_process_is_silent() -> None:
    """An answer shows that it is not."""
    silent = [Observation(outcome=Outcome.SILENT, seconds=0.5)] * 3
    assert (seen(Pause(), CALM, silent).seen, seen(Pause(), CALM, CALM).seen) == (True, False)
