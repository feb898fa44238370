"""What a command takes of the memory."""

from __future__ import annotations

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
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=timeout_s, check=False)
    return Weighed(code=done.returncode, out=done.stdout, err=done.stderr, peak_mib=int(told.read_text()) / 1024)
