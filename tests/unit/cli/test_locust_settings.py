"""`locust.conf`, `[tool.locust]` and `LOCUST_*`, as Locust reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.locust_settings import LocustSettings, read_locust_settings
from harness.errors import BadDocument, BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path


def read(folder: Path, **environ: str) -> LocustSettings:
    return read_locust_settings({"HOME": str(folder / "home"), **environ}, folder)


def test_nothing_said_is_nothing(folder: Path) -> None:
    """Neither files nor variables."""
    assert read(folder) == LocustSettings()


def test_what_comes_later_wins(folder: Path) -> None:
    """The home's file, the folder's, pyproject.toml, the one that LOCUST_CONFIG names, the environment: Locust's order."""
    (folder / "home" / ".locust.conf").write_text("users = 1\nhost = http://home\nspawn-rate = 3\nrun-time = 1m\n")
    (folder / "locust.conf").write_text("users = 2\nhost = http://here\nlocustfile = mine.py\ntags = [a, b]\n")
    (folder / "pyproject.toml").write_text('[tool.locust]\nusers = 3\nexclude-tags = ["slow"]\n')
    (folder / "more.conf").write_text("users = 4\n")
    assert read(folder).users == 3
    assert read(folder, LOCUST_CONFIG="more.conf").users == 4
    found = read(folder, LOCUST_CONFIG="more.conf", LOCUST_USERS="5", LOCUST_RUN_TIME="300")
    assert found == LocustSettings(
        locustfile=Path("mine.py"),
        host="http://here",
        users=5,
        spawn_rate=3.0,
        run_time="300s",
        tags=("a", "b"),
        exclude_tags=("slow",),
    )


def test_what_the_ui_takes_from_them(folder: Path) -> None:
    """Locust's own names, one of which differs in the environment; -1 is never."""
    (folder / "locust.conf").write_text("autostart = true\nautoquit = 10\nclass-picker = false\n")
    found = read(folder, LOCUST_USERCLASS_PICKER="true")
    assert (found.autostart, found.autoquit, found.class_picker, found.notes) == (True, 10.0, True, ())
    assert read(folder, LOCUST_AUTOQUIT="-1").autoquit is None


def test_what_has_no_effect_is_named(folder: Path) -> None:
    """With where it stands; what is a locustfile's own is none of our business, and what is off says nothing."""
    (folder / "locust.conf").write_text("csv = out\nheadless = true\nmaster = false\nmy-own-option = 3\n")
    assert read(folder).notes == ("locust.conf: `csv` has no effect here: the run folder has every figure.",)
    assert "LOCUST_MASTER" in read(folder, LOCUST_MASTER="1").notes[-1]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("locust.conf", "users = many\n", "locust.conf: `users` is 'many'"),
        ("locust.conf", "users = 0\n", "1 or more"),
        ("locust.conf", "spawn-rate = -1\n", "above zero"),
        ("locust.conf", "processes = 0\n", "1 or more"),
        ("locust.conf", "users = 1\n= 3\n", "locust.conf"),
        ("pyproject.toml", "[tool.locust\n", "pyproject.toml"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(folder: Path, name: str, text: str, told: str) -> None:
    """Exit code 3."""
    (folder / name).write_text(text)
    with pytest.raises((BadInput, BadDocument), match=told.replace(".", r"\.")):
        read(folder)


def test_a_file_that_is_named_and_not_there_is_told(folder: Path) -> None:
    """By LOCUST_CONFIG."""
    with pytest.raises(BadInput, match=r"gone\.conf"):
        read(folder, LOCUST_CONFIG="gone.conf")
