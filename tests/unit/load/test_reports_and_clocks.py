"""What a run hears of a load process elsewhere, without one: every report once, and times by its own clock."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ServiceDied
from harness.load import LoadPlan, Workers
from harness.load.link import Link, LinkClosed
from harness.load.messages import Finished, encoded, encoded_windows
from harness.load.recorder import Recorder
from harness.load.remote.muster import RemoteProcess, handed_out, measured_again
from harness.model import OpenStage, Outcome, Profile

PLAN = LoadPlan(
    locustfile=Path(__file__),
    host="http://127.0.0.1:1",
    profile=Profile((OpenStage(name="a", rate=1.0, duration=1.0),)),
    run="r",
)
AHEAD_NS, DRIFT_NS = 3_600 * 10**9, 10**9
ENDED = Finished(due=1, ok=1, error=0, dropped=0, unanswered=0, requests=1, ended_ns=5)


class Elsewhere:
    """The other end of a link: a host whose clock is an hour ahead, and drifts by a second once it was told to go."""

    def __init__(self, end: socket.socket) -> None:
        self.link = Link(end)
        self.zero_ns = 0
        self._drift_ns = 0
        self.went = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                order = self.link.receive() or {}
            except LinkClosed:
                return
            if order["kind"] == "ping":
                at_ns = time.monotonic_ns() + AHEAD_NS + self._drift_ns
                self.link.send({"kind": "pong", "n": order["n"], "at_ns": at_ns})
            elif order["kind"] == "go":
                self.zero_ns = int(str(order["zero_ns"]))
                self._drift_ns = DRIFT_NS
                self.went.set()

    def report(self, *numbers: int) -> None:
        """Windows with these numbers, a request each."""
        for number in numbers:
            recorder = Recorder()
            recorder.add(0, "read", Outcome.OK, "s", 7, 2_000_000, 1_000_000)
            self.link.send(encoded_windows(number, recorder.drain()))


@pytest.fixture
def pair() -> Iterator[tuple[Workers, Elsewhere]]:
    ours, theirs = socket.socketpair()
    elsewhere = Elsewhere(theirs)
    link = Link(ours, patience=10)
    workers = handed_out(PLAN, [(link, RemoteProcess(link, "load-2", "10.0.0.2:1"))])
    yield workers, elsewhere
    theirs.shutdown(socket.SHUT_RDWR)
    workers.close()


def test_zero_is_told_in_the_time_of_the_other_host(pair: tuple[Workers, Elsewhere]) -> None:
    """Its clock is an hour ahead: it begins when we mean, to within what is said of the clock; what it moved by the end is told."""
    workers, elsewhere = pair
    (clock,) = workers.clocks
    assert abs(clock.offset_ns - AHEAD_NS) <= clock.uncertainty_ns < 10**9
    workers.go(12_345)
    assert elsewhere.went.wait(10)
    assert abs(elsewhere.zero_ns - AHEAD_NS - 12_345) <= clock.uncertainty_ns
    (after,) = measured_again(workers)
    assert after.drift_ns is not None
    assert abs(after.drift_ns - DRIFT_NS) < DRIFT_NS / 2
    assert after.error_ns == clock.uncertainty_ns + abs(after.drift_ns)


@pytest.mark.parametrize(
    ("numbers", "last", "missing"), [((1, 2), 2, False), ((1, 3), 3, True), ((1, 1), 1, True), ((1, 2), 3, True)]
)
def test_a_report_that_did_not_come_is_missed(
    pair: tuple[Workers, Elsewhere], numbers: tuple[int, ...], last: int, missing: bool
) -> None:
    """In the middle, at the end, or twice: the load process counts as lost, whatever it says of itself."""
    workers, elsewhere = pair
    elsewhere.report(*numbers)
    elsewhere.link.send({**encoded(ENDED), "reports": last})
    while not workers.ended:
        list(workers.messages(1))
    assert ["Reports of the load process on load-2" in one.why.what for one in workers.lost] == [True] * missing
    assert all(isinstance(one.why, ServiceDied) for one in workers.lost)
