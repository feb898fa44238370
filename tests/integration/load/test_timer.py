"""The clock of arrivals, in a process of its own: gevent's hub belongs to the load process alone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration
WAITS = """
import json, time
from harness.load.timer import Timer
timer, early = Timer(), []
precise = timer.precise
for number in range(500):
    at = time.monotonic_ns() + (number % 7) * 300_000 - 100_000
    timer.wait_until(at)
    early.append(time.monotonic_ns() < at)
timer.close()
print(json.dumps([precise, timer.precise, any(early), len(early)]))
"""


def test_nobody_is_woken_before_the_time() -> None:
    """Although the timer is set a little earlier, by what it learnt of waking; moments that have passed are no wait."""
    done = subprocess.run([sys.executable, "-c", WAITS], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    precise, closed, early, waits = json.loads(done.stdout)
    assert (early, waits) == (False, 500)
    assert precise is sys.platform.startswith("linux")  # by the kernel's own timer, not by `gevent.sleep`
    assert closed is False
