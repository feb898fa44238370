"""Run folders: names, and how a run is found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import BadInput, EnvironmentFailed
from harness.results import RunFolder, find_run, list_runs

WHEN = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)


def made(root: Path, scenario: str, id_: str) -> RunFolder:
    """A folder with a run.json."""
    folder = RunFolder.create(root, scenario, WHEN, id_)
    folder.file("run.json").write_text("{}")
    return folder


def test_a_name_starts_with_the_time_and_is_safe(tmp_path: Path) -> None:
    """What a path can't hold becomes a dash."""
    assert RunFolder.create(tmp_path, "../a b/c", WHEN, "k3").name == "20261124T104200Z-a-b-c-k3"


def test_a_folder_that_is_there_already_is_not_taken(tmp_path: Path) -> None:
    """Two runs never share a folder."""
    RunFolder.create(tmp_path, "a", WHEN, "1")
    with pytest.raises(EnvironmentFailed, match="20261124T104200Z-a-1"):
        RunFolder.create(tmp_path, "a", WHEN, "1")


def test_runs_are_found_by_last_name_path_and_end(tmp_path: Path) -> None:
    """Every spelling means the same folder."""
    made(tmp_path, "a", "1")
    last = made(tmp_path, "b", "2")
    assert [run.name for run in list_runs(tmp_path)][-1] == last.name
    for spelling in ("last", last.name, str(last.path), "b-2"):
        assert find_run(tmp_path, spelling).name == last.name


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """The error names what was meant, or says how to get a first run."""
    with pytest.raises(BadInput, match="no run under"):
        find_run(tmp_path / "nowhere", "last")
    made(tmp_path, "payment-outage", "1")
    with pytest.raises(BadInput, match="Did you mean `20261124T104200Z-payment-outage-1`"):
        find_run(tmp_path, "20261124T104200Z-payment-outag-1")


def test_a_name_that_means_two_runs_is_refused(tmp_path: Path) -> None:
    """Both are listed."""
    made(tmp_path, "a", "1")
    made(tmp_path, "b", "1")
    with pytest.raises(BadInput, match="names 2 runs"):
        find_run(tmp_path, "20261124")
