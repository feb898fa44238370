"""The start form offers what stands in a folder now, whatever happened to a file since."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.experiment.cockpit.offers import Shelf

GOOD = """
name: {name}
target: http://127.0.0.1:1
load: {{locustfile: shop.py, profile: {{name: load, rate: 5/s, for: 10s}}}}
expect: p95 <= 250ms
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text("")
    (tmp_path / "a.yaml").write_text(GOOD.format(name="first"))
    return tmp_path


def test_what_is_offered_says_what_it_is(folder: Path) -> None:
    """Name, load, duration and expectations."""
    (one,) = Shelf.of([str(folder)], {}).describe()
    assert (one["key"], one["name"], one["lasts"], one["expect"]) == ("a", "first", "10s", ["p95 <= 250ms"])
    assert one["load"] == ["load: 5/s, uniform, for 10s"]


def test_a_file_that_no_longer_parses_is_shown_with_its_line(folder: Path) -> None:
    """The others can still be started; once it is right again, so can it."""
    shelf = Shelf.of([str(folder)], {})
    assert "error" not in shelf.describe()[0]
    (folder / "b.yaml").write_text(GOOD.format(name="second"))
    (folder / "a.yaml").write_text("name: first\ntarget: http://127.0.0.1:1\nlaod: {}\n")
    broken, other = shelf.describe()
    assert "a.yaml:3" in broken["error"]
    assert "load" in broken["error"]
    assert other["name"] == "second"
    with pytest.raises(BadInput, match="laod"):
        shelf.read("a")
    (folder / "a.yaml").write_text(GOOD.format(name="first"))
    assert shelf.describe()[0]["name"] == "first"


def test_a_name_that_is_none_is_told_with_the_nearest(folder: Path) -> None:
    """For folders, files and keys."""
    with pytest.raises(BadInput):
        Shelf.of([str(folder / "nothing.yaml")], {})
    with pytest.raises(BadInput, match="no scenario `aa`"):
        Shelf.of([str(folder)], {}).read("aa")


def test_an_empty_folder_offers_nothing(tmp_path: Path) -> None:
    """And that is no error: a file may come."""
    assert Shelf.of([str(tmp_path)], {}).describe() == []
