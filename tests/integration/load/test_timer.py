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
