"""A working folder with a short scenario in it, and time enough for whole commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import ROOT

PATIENCE_S = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A whole command beside others on a busy machine takes longer than a test of a room may."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(PATIENCE_S))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder, such as a user works in, with `short.yaml`."""
    text = (ROOT / "tests/e2e/short.yaml").read_text().replace("LOCUSTFILE", str(ROOT / "scenarios/shop.py"))
    (tmp_path / "short.yaml").write_text(text)
    return tmp_path
