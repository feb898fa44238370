"""The clock of arrivals, in a process of its own: gevent's hub belongs to the load process alone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration
WAITS = """
import json, time
import gevent
from harness.load.timer import Timer
timer, early = Timer(), []
precise = timer.precise
for number in range(500):
    at = time.monotonic_ns() + (number % 7) * 300_000 - 100_000
    timer.wait_until(at, awake_ns=number % 3 * 400_000)
    early.append(time.monotonic_ns() < at)
served = []
other = gevent.spawn(lambda: [served.append(time.monotonic_ns()) or gevent.sleep(0) for _ in range(5)])
at = time.monotonic_ns() + 300_000_000
timer.wait_until(at, awake_ns=300_000_000)
timer.close()
print(json.dumps([precise, timer.precise, any(early), len(early), len(served) == 5 and served[-1] < at]))
"""


def test_nobody_is_woken_before_the_time() -> None:
    """Although the timer is set a little earlier, by what it learnt of waking; moments that have passed are no wait. Others work meanwhile, also
    while the process stays awake."""
    done = subprocess.run([sys.executable, "-c", WAITS], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    precise, closed, early, waits, others = json.loads(done.stdout)
    assert (early, waits) == (False, 500)
    assert precise is sys.platform.startswith("linux")  # by the kernel's own timer, not by `gevent.sleep`
    assert closed is False
    assert others is True


SERVES = """
import json, os, time
import gevent
from gevent.hub import get_hub
from harness.load.timer import Timer, serve
from harness.load.lending import lend, pause
hub = get_hub()
back, forth = os.pipe()
read = []
watcher = hub.loop.io(back, 1)
watcher.start(lambda: read.append(os.read(back, 1)))

def told_after(wait):
    os.write(forth, b"x")
    wait()
    return len(read), read.clear()

timer = Timer()
one_round = told_after(serve)[0]
awake = told_after(lambda: timer.wait_until(time.monotonic_ns() + 1_500_000, awake_ns=1_500_000))[0]
watcher.close()

said = []

def borrower(wait):
    said.append("begins")
    wait()
    said.append("goes on")

def waits(wait):
    pause(hub)
    borrower(wait)

all_of_them = [gevent.spawn(waits, wait) for wait in (lambda: pause(hub), lambda: gevent.sleep(0.01), lambda: None)]
serve()

def lends():
    for one in all_of_them:
        said.append("lends")
        lend(one)
        said.append("has it back")
    pause(hub)  # somebody must go on with it: nobody does, and it is killed
lending = gevent.spawn(lends)
gevent.sleep(0.1)
lending.kill()
hub.loop.run_callback(all_of_them[0].switch)
gevent.joinall(all_of_them, timeout=5)

victim = gevent.spawn(lambda: lend(gevent.spawn(gevent.sleep, 0.05)))
gevent.sleep(0.01)
victim.kill()
serve()  # nobody switches to whoever is gone
print(json.dumps([one_round, awake, said, [one.successful() for one in all_of_them]]))
"""


def test_a_round_of_the_loop_looks_at_sockets_and_a_turn_that_was_lent_comes_back() -> None:
    """`gevent.sleep(0)` looks at none for up to 5 ms: answers waited so long behind arrivals that were late, and 1.5 ms behind one that was to
    come. A lent turn comes back when the borrower pauses, waits in some other way, or ends."""
    done = subprocess.run([sys.executable, "-c", SERVES], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    one_round, awake, said, ended = json.loads(done.stdout)
    assert (one_round, awake) == (1, 1)
    assert said[:3] == ["lends", "begins", "has it back"]
    assert said.count("begins") == said.count("has it back") == said.count("goes on") == 3
    assert ended == [True, True, True]
