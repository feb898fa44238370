"""A stack that takes second place beside a load, as an ordinary user."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from pathlib import Path

import pytest

from harness.stack.second_place import SecondPlace

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel has no autogroups"),
]

NOBODY = 65_534
TREE = "setsid sleep 60 & echo $!; wait"  # a child in a session of its own, as Postgres' children are


def weight(pid):
    """The nice value of the session of `pid`; None where the kernel weighs no sessions, and before the first session there was."""
    told = Path(f"/proc/{pid}/autogroup").read_text().split()
    return int(told[-1]) if told else None


def as_a_user(told):
    """What happens, told through a pipe; root becomes somebody else before. In a session of its own, as in a terminal."""
    os.setsid()
    ours = weight("self")
    if ours is None:
        told.send(None)
        return
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    leader = subprocess.Popen(["sh", "-c", TREE], stdout=subprocess.PIPE, text=True, start_new_session=True)
    child = int(leader.stdout.readline())
    try:
        with SecondPlace(lambda: [leader.pid]):
            while (weight(leader.pid), weight(child)) != (19, 19):
                pass
        told.send((weight(leader.pid), weight(child), weight("self") == ours))
    finally:
        os.kill(child, 9)
        leader.wait()


def test_a_tree_comes_after_other_sessions():
    """The leader and what it started in other sessions are weighed last and stay so; we ourselves are weighed as before."""
    hear, tell = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=as_a_user, args=(tell,))
    process.start()
    tell.close()
    assert hear.poll(30)
    heard = hear.recv()
    process.join()
    if heard is None:
        pytest.skip("NOT RUN: this kernel was told not to weigh sessions")
    assert heard == (19, 19, True)
