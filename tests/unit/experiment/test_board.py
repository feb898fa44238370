"""What the board tells of a test, and how much of the time it takes for that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.cockpit.board import SHARE, Board
from harness.experiment.cockpit.edges import unlooked
from harness.experiment.cockpit.fault_answers import FaultAnswers
from harness.experiment.desk import Conducted
from harness.experiment.gathered import Gathered
from harness.experiment.opening import OpenTarget
from harness.faults import RunClock
from harness.guard import Guard
from harness.load import Backlog, Health
from harness.model import Edge, Expectation, Load, OpenStage, Profile, Scenario, Target
from harness.results import RunFolder
from harness.ui import Topic


class Hours:
    """The wall's and the processor's seconds, as a test sets them; `looks` counts."""

    def __init__(self) -> None:
        self.wall, self.work, self.looks = 1000.0, 0.0, 0

    def board(self) -> Board:
        return Board(lambda _, __: None, lambda _: None, now=lambda: self.wall, worked=lambda: self.work)

    def look(self, work: float, waited: float = 0.0) -> Callable[[], None]:
        def one() -> None:
            self.looks += 1
            self.work += work
            self.wall += work + waited

        return one


@given(st.lists(st.tuples(st.floats(0.0, 0.5), st.floats(0.0, 2.0)), min_size=1, max_size=200))
def test_judging_takes_its_share_of_the_time_and_no_more(seconds: list[tuple[float, float]]) -> None:
    """However long a look takes: after each, as much time passes as makes it that share, or a second."""
    hours = Hours()
    board, began = hours.board(), hours.wall
    last, most = None, 0.0
    for work, waited in seconds:
        before = hours.looks
        at = hours.wall
        board._at_leisure(hours.look(work, waited))
        if hours.looks > before:
            if last is not None:
                ended, took = last
                assert at - ended >= max(1.0, took / SHARE) - 1e-6
            last, most = (hours.wall, work), max(most, work)
        hours.wall += 1.0
    assert hours.looks >= 1
    assert hours.work <= SHARE * (hours.wall - began) + most


def test_a_look_that_waits_for_a_core_is_no_work() -> None:
    """On a busy machine one of 10 ms that takes two seconds comes again with the next second."""
    hours = Hours()
    board = hours.board()
    for _ in range(10):
        board._at_leisure(hours.look(0.01, waited=2.0))
        hours.wall += 1.0
    assert hours.looks == 10


def test_what_waits_and_what_was_dropped_is_told_of_all_processes(tmp_path: Path) -> None:
    """The newest word of each counts, and they add."""
    told: dict[Topic, Any] = {}
    board = Board(told.__setitem__, lambda _: None)
    began(board, tmp_path)
    for worker, queued, dropped in ((0, 9, 1), (1, 2, 0), (0, 3, 4)):
        board.heard(worker, Backlog(queued=queued, dropped=dropped))
        board.heard(worker, Health(at_ns=1, interval_s=1.0, cpu=0.5, due=10, late=1, users=5, open=6, queued=queued))
    board.second()
    now = told[Topic.TEST].now
    assert (now.open, now.users, now.queued, now.dropped) == (12, 10, 5, 4)
    assert now.late_share == 0.1
    assert [one.queued for one in told[Topic.TEST].workers] == [3, 2]


def began(board: Board, place: Path) -> None:
    """A run whose load is on its way."""
    profile = Profile((OpenStage(name="load", rate=40.0, duration=600.0),))
    scenario = Scenario(
        name="s",
        target=Target(name="t", url="http://127.0.0.1:9"),
        load=Load(locustfile=place / "none.py", profile=profile, processes=2),
        expect=(Expectation.parse("errors <= 1%"),),
    )
    opened, folder = OpenTarget(target=scenario.target), RunFolder(place)
    board.starting(scenario, "from here", "")
    board.opened(opened, folder)
    board.began(
        Conducted(
            scenario=scenario,
            opened=opened,
            folder=folder,
            gathered=Gathered(),
            writer=cast(Any, SimpleNamespace()),
            clock=RunClock(0, lambda: 2_000_000_000, lambda: 1e9),
        )
    )


def test_where_faults_can_be_healed_is_told_before_any_can_be_made() -> None:
    """A page whose parent hangs heals without it: from the moment a target stands, not from when its edges were first looked at."""
    told: list[Any] = []
    board = Board(lambda topic, document: told.append((topic, document)), lambda _: None)
    answers = FaultAnswers(board, cast(Guard, None), threading.RLock(), lambda: None)
    edges = {"web": Edge(name="web", proxy="web", protocol="http", listen="127.0.0.1:1", upstream="127.0.0.1:2")}
    target = Target(
        name="t", url="http://127.0.0.1:9", edges=edges, toxiproxy="http://127.0.0.1:8", toxiproxy_token_env="T"
    )
    answers.stand_on(target)
    ((topic, document),) = told
    assert topic is Topic.FAULTS
    assert (document.toxiproxy, document.token_env, [one.proxy for one in document.edges]) == (
        target.toxiproxy,
        "T",
        ["web"],
    )
    board.edges(edges=tuple(one.model_copy(update={"state": "up"}) for one in unlooked(target)))
    answers.stand_on(None)
    answers.stand_on(target)
    assert [one.state for one in told[-1][1].edges] == ["up"]  # the same again: what was seen of it stays
    answers.stand_on(replace(target, toxiproxy="http://127.0.0.1:7"))
    assert told[-1][1].toxiproxy == "http://127.0.0.1:7"
    assert [one.state for one in told[-1][1].edges] == ["unknown"]
