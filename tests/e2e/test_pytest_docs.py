"""What docs/pytest.md shows, run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import ROOT

pytestmark = pytest.mark.e2e


def test_the_example_runs(tmp_path: Path) -> None:
    """Both tests with faults pass on the bundled shop, and so does the scenario, unless this machine is too busy to tell."""
    text = (ROOT / "docs/pytest.md").read_text()
    (tests,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (scenario,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (command,) = re.findall(r"```\npytest (.*?)\n```", text)
    (tmp_path / "test_shop.py").write_text(tests)
    (tmp_path / "outage.yaml").write_text(scenario)
    (tmp_path / "shop.py").write_text((ROOT / "scenarios/shop.py").read_text())
    argv = [sys.executable, "-m", "pytest", "-p", "harness.plugin", "-p", "no:cacheprovider", "-rs", *command.split()]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"3 passed|2 passed, 1 skipped", done.stdout), done.stdout[-3000:]
