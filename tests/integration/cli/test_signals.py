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


WHOLE = """
import atexit, importlib.abc, os, signal, sys
import typer.main
from harness.cli import main

def hit(*_):
    os.kill(os.getpid(), signal.NUMBER)

class Import(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == "harness.cli.pacts":
            hit()

sys.argv = ["harness", "--version"]
MOMENT
main()
"""
WHILE_IMPORTING = "sys.meta_path.insert(0, Import())"
WHILE_GATHERING = "typer.main.get_command = hit"
AFTER_THE_END = "atexit.register(hit)"


@pytest.mark.parametrize(
    ("moment", "number", "code", "told"),
    [
        (WHILE_IMPORTING, "SIGINT", 130, "harness: Interrupted by SIGINT.\n"),
        (WHILE_IMPORTING, "SIGTERM", 130, "harness: Interrupted by SIGTERM.\n"),
        (WHILE_GATHERING, "SIGINT", 130, "harness: Interrupted by SIGINT.\n"),
        (AFTER_THE_END, "SIGINT", 0, ""),
    ],
)
def test_an_interrupt_before_and_after_the_command(moment: str, number: str, code: int, told: str) -> None:
    """While it starts: one line and 130, no traceback and never the 1 that means `fail`. Once it is over, its own exit code."""
    program = WHOLE.replace("MOMENT", moment).replace("NUMBER", number)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (code, told)


def test_a_hangup_that_is_to_be_ignored_is() -> None:
    """`nohup harness run` outlives its terminal."""
    program = WHOLE.replace("MOMENT", f"{WHILE_IMPORTING}; signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    program = program.replace("NUMBER", "SIGHUP") + "\nhit()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("harness ")
