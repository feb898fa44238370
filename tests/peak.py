"""What a command takes of the memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BESIDE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """`peak_mib`: resident, of the largest one of the command and its children, as the system accounts for them at their end."""

    code: int
    out: str
    err: str
    peak_mib: float


def weighed(*words: str, cwd: Path, timeout_s: float) -> Weighed:
    """Run `harness` with these words."""
    told = cwd / "peak"
    argv = [sys.executable, "-c", _BESIDE, str(told), sys.executable, "-m", "harness.cli", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(argv, cwd=cwd, text=True, start_new_session=True, **pipes)
    try:
        out, err = process.communicate(timeout=timeout_s)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)  # the command, too; its own children end with it
        process.communicate()
        raise
    return Weighed(code=process.returncode, out=out, err=err, peak_mib=int(told.read_text()) / 1024)
