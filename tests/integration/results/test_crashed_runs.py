"""Real processes that end in the middle of writing a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.report import write_report
from harness.results import RunFolder, RunReader

pytestmark = pytest.mark.integration

WRITER = """
import os, sys, signal, resource
from datetime import datetime, UTC
from pathlib import Path
from harness.errors import EnvironmentFailed
from harness.model import Histogram, Outcome, Window
from harness.results import *
folder = RunFolder.create(Path(sys.argv[1]), "demo", datetime(2026, 11, 24, tzinfo=UTC), "1")
writer = RunWriter(folder, RunRecord(run=folder.name, scenario_name="demo", target="t", started=""))
h = Histogram(tuple(range(50)), (1,) * 50)
def row(i):
    return Window(start_ns=i * 250_000_000, operation="a", outcome=Outcome.OK, stage="s", n=50, bytes=1, latency=h, service=h)
if sys.argv[2] == "kill":
    for i in range(20):
        writer.windows([row(i)])
    os.kill(os.getpid(), signal.SIGKILL)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    for i in range(1000):
        writer.windows([row(i)])
except EnvironmentFailed as error:
    print(i, error)
    sys.exit(error.exit_code)
"""


def run(root: Path, how: str) -> subprocess.CompletedProcess[str]:
    """A writer in a process of its own."""
    return subprocess.run([sys.executable, "-c", WRITER, str(root), how], capture_output=True, text=True, timeout=60)


def only(root: Path) -> RunReader:
    """The one run under a root."""
    (path,) = root.iterdir()
    return RunReader.open(RunFolder(path))


def test_a_killed_writer_leaves_every_batch(tmp_path: Path) -> None:
    """SIGKILL loses nothing that was handed over, and a report can be made of it."""
    assert run(tmp_path, "kill").returncode == -9
    reader = only(tmp_path)
    assert reader.windows().total == 20 * 50
    assert not reader.is_complete
    assert "did not come to a verdict" in write_report(reader)[0].read_text()


def test_a_file_that_may_grow_no_further_leaves_whole_batches(tmp_path: Path) -> None:
    """The failing batch is taken back, the error names the file, the exit code is 4, and the rest can be read."""
    done = run(tmp_path, "full")
    assert done.returncode == 4, done.stderr
    batches = int(done.stdout.split()[0])
    assert "windows.arrows" in done.stdout
    assert only(tmp_path).windows().total == batches * 50
