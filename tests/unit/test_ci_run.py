"""`.ci/run` with a `make` that only says what it was asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ["setup-dev", "format", "lint", "types", "imports", "test"]
MAKE = """#!/bin/sh
for stage; do :; done
echo "$stage" >> asked
exit $(sed -n "s/^$stage //p" failing)
"""


@pytest.mark.parametrize(
    ("failing", "code"), [({}, 0), ({"lint": 2}, 2), ({"lint": 7, "types": 2}, 7), ({"setup-dev": 2, "test": 7}, 7)]
)
def test_every_stage_is_run_and_the_worst_is_the_answer(failing: dict[str, int], code: int, tmp_path: Path) -> None:
    """In the promised order, also after one that failed, on whatever folder the checkout stands in."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    (tmp_path / ".ci/browser").write_text("#!/bin/sh\n")
    (tmp_path / ".ci/browser").chmod(0o755)
    (tmp_path / "failing").write_text("".join(f"{stage} {exit_code}\n" for stage, exit_code in failing.items()))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/make").write_text(MAKE)
    (tmp_path / "bin/make").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([tmp_path / ".ci/run"], cwd="/", env=env, capture_output=True, text=True, check=False)
    assert (tmp_path / "asked").read_text().split() == STAGES
    assert done.returncode == code
    assert all(f"{stage}: exit {exit_code}" in done.stdout for stage, exit_code in failing.items())
