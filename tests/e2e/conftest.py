"""A working folder with a short scenario in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import ROOT


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder, such as a user works in, with `short.yaml`."""
    text = (ROOT / "tests/e2e/short.yaml").read_text().replace("LOCUSTFILE", str(ROOT / "scenarios/shop.py"))
    (tmp_path / "short.yaml").write_text(text)
    return tmp_path
