"""An interrupt while a module is being imported cuts nothing in two."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

SLOW = """
print("begun", flush=True)
import time
end = time.monotonic() + 0.5
while time.monotonic() < end:
    pass
whole = True
"""
PROGRAM = """
import sys, time
from harness.cli.signals import heed_signals
from harness.errors import Interrupted
heed_signals()
try:
    import slow
    print("begun", flush=True)
    time.sleep(60)
except Interrupted as end:
    sys.exit(f"{end.what} whole: {getattr(sys.modules.get('slow'), 'whole', False)}")
"""


@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_import_comes_to_its_end_first(tmp_path: Path, number: signal.Signals, lines: int) -> None:
    """During the import it waits for that; after it, it comes at once."""
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PROGRAM}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert said == f"Interrupted by {number.name}. whole: True\n"


HELD = """
import sys, time
from harness.cli.signals import heed_signals
from harness.errors import Interrupted
from harness.interrupts import unbroken
heed_signals()
steps = []
try:
    with unbroken():
        print("begun", flush=True)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            pass
        steps.append("saved")
    steps.append("went on")
except Interrupted as end:
    sys.exit(f"{end.what} {steps}")
"""


def test_what_must_not_be_cut_comes_to_its_end() -> None:
    """Which is said at once; then the interrupt is raised, before anything else is done."""
    process = subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    told, ended = said.splitlines()
    assert "Still healing and saving" in told
    assert ended == "Interrupted by SIGINT. ['saved']"
