"""One synthetic run for all tests of the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.results import RunReader
from tests.unit.report.synthetic import write_run


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    """A complete run that failed."""
    return RunReader.open(write_run(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    """What a SIGKILL left."""
    return RunReader.open(write_run(tmp_path_factory.mktemp("runs"), finish=False))


@pytest.fixture(scope="session")
def golden() -> Path:
    """Where the golden files are."""
    return Path(__file__).with_name("golden")
