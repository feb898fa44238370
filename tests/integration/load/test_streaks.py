"""Requests that go out in the loop: the same requests, answers and figures as one by one, and no greenlet woken for the ordinary ones."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.load.scripted import Scripted
from tests.integration.load.test_fast_client import SCRIPT

pytestmark = pytest.mark.integration
GET_OK = ["GET", "/ok", ""]
WITHOUT_A_RACE = [  # /closed-after: whether a POST after it meets the end of the connection is up to the network
    *(
        "/ok",
        "/chunked",
        "/in-drops",
        "/gzip",
        "/not-gzip",
        "/204",
        "/304",
        "/404",
        "/100",
        "/103",
        "/to-the-end",
        "/http10",
    ),
    *(
        "/says-close",
        "/close",
        "/reset",
        "/half",
        "/half-head",
        "/garbage",
        "/big-head",
        "/big-body",
        "/sets",
        "/unsets",
        "/echo",
    ),
    *("/302", "/307", "/round"),
]


class Streams:
    """Orders to a process that has the fast client; each has a session and a server of its own."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        self.server = Scripted(SCRIPT)

    def follow(self, *requests: list[str], **more: Any) -> list[Any]:
        """What the watch was told of each, how often the greenlet had to send by itself, and how many Locust counts."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self.server.close()
        self.server = Scripted(SCRIPT)
        order = {"session": uuid.uuid4().hex, "base": self.server.url, "stream": requests, **more}
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        said = json.loads(self._child.stdout.readline())
        assert "answers" in said, said
        return said["answers"]

    @property
    def seen(self) -> list[str]:
        """The first lines of what the server was sent, and the bodies."""
        firsts = [head.partition("\r\n")[0] for head in self.server.heads]
        return [f"{first} {len(body)}" for first, body in zip(firsts, self.server.bodies, strict=True)]


@pytest.fixture(scope="module")
def streams() -> Iterator[Streams]:
    path = Path(__file__).with_name("fast_child.py")
    with subprocess.Popen(
        [sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        made = Streams(child)
        yield made
        made.server.close()
        child.communicate("")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST"]),
            st.sampled_from(WITHOUT_A_RACE) | st.just("/ok"),
            st.sampled_from(["", "", "word"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sets(st.integers(1, 12)),
    st.booleans(),
)
def test_a_streak_is_as_good_as_requests_one_by_one(streams, requests, rests, listens) -> None:
    """Whatever comes, and wherever a turn has to be waited for, and whoever listens."""
    orders = [[method, path, body] for method, path, body in requests]
    *plain, _, plain_count = streams.follow(*orders, plainly=True)
    asked_plainly, connections = streams.seen, streams.server.connections
    *rows, _, count = streams.follow(*orders, rests=dict.fromkeys(rests, 0.001), listens=listens)
    for row in (*plain, *rows):
        if row[0].endswith("/echo"):
            row[2] = row[-1] = None  # it repeats the port of its server
    assert rows == plain
    assert count == plain_count == len(orders)
    assert (streams.seen, streams.server.connections) == (asked_plainly, connections)


def test_ordinary_answers_wake_nobody(streams) -> None:
    """Two hundred in a row, on one connection, with a pause here and there."""
    *rows, woken, count = streams.follow(*[GET_OK] * 200, rests={"20": 0.05, "21": 0.001, "150": 0.02})
    assert rows == [["GET /ok", 200, "hi", None, 2]] * 200
    assert (woken, count, streams.server.connections) == (1, 200, 1)


@pytest.mark.parametrize("path", ["/404", "/sets", "/gzip", "/to-the-end"])
def test_what_is_not_ordinary_is_dealt_with_in_the_greenlet(streams, path) -> None:
    """And the streak goes on afterwards, but for cookies, which are put on each request that follows."""
    *rows, woken, count = streams.follow(*[GET_OK] * 3, ["GET", path, ""], *[GET_OK] * 3)
    assert len(rows) == count == 7
    assert woken == (4 if path == "/sets" else 2)
    assert ("Cookie: a=1" in streams.server.heads[-1]) == (path == "/sets")


def test_with_a_listener_each_answer_is_told_in_the_greenlet(streams) -> None:
    """It may do what it likes there."""
    *_, woken, count = streams.follow(*[GET_OK] * 5, listens=True)
    assert (woken, count) == (5, 5)


def test_a_large_request_is_sent_whole(streams) -> None:
    """More than fits into the connection at once."""
    body = "w" * 8_000_000
    *rows, _, _ = streams.follow(GET_OK, ["POST", "/ok", body], GET_OK)
    assert [row[1:] for row in rows] == [[200, "hi", None, 2]] * 3
    assert streams.server.bodies == [b"", body.encode(), b""]


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_a_time_out_bounds_each_answer(streams, path) -> None:
    """Of the request that it belongs to, also after a rest that took longer."""
    *rows, _, _ = streams.follow(*[GET_OK] * 3, ["GET", path, ""], GET_OK, rests={"2": 0.5}, patience=0.3)
    assert [row[3] for row in rows] == [None, None, None, "TimeoutError", None]


def test_a_server_that_closes_during_a_rest_costs_nothing(streams) -> None:
    """The next request has a fresh connection, even one that may not be repeated."""
    *rows, _, _ = streams.follow(GET_OK, ["GET", "/closed-after", ""], ["POST", "/ok", "x"], rests={"2": 0.2})
    assert [row[3] for row in rows] == [None] * 3
    assert streams.server.connections == 2
    assert len(streams.seen) == 3


def test_a_user_that_is_killed_leaves_one_request_open_at_most(streams) -> None:
    """The one that is under way; none during a rest."""
    *rows, _, _ = streams.follow(*[GET_OK] * 3, ["GET", "/hang", ""], killed=0.3)
    assert rows[3:] == [["GET /hang", "abandoned", "GreenletExit"]]
    *rows, _, _ = streams.follow(*[GET_OK] * 3, rests={"2": 60}, killed=0.3)
    assert rows == [["GET /ok", 200, "hi", None, 2]] * 2
