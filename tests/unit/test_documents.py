"""What README, ARCHITECTURE, CONTRIBUTING and docs say of this repository is so: names, links, targets, walls."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ABOUT_THE_CODE = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "requirements/README.md")]
PAGES = [*ABOUT_THE_CODE, *sorted((ROOT / "docs").glob("*.md"))]
ANYBODY_MAY = {"errors", "interrupts", "__version__"}
FOR_OTHER_PROGRAMS = {"plugin", "pact_consumer"}  # pytest and the user's own tests import these


@pytest.mark.parametrize("page", ABOUT_THE_CODE, ids=lambda page: page.name)
def test_every_path_that_is_named_is_there(page: Path) -> None:
    """In backquotes, with a folder of this repository before it or an ending that its files have."""
    folders = {one.name for one in ROOT.iterdir() if one.is_dir()}
    named = re.findall(r"`([^`\s]+)`", page.read_text())
    paths = [one for one in named if ("/" in one and one.split("/")[0] in folders) or one.endswith((".toml", ".yml"))]
    assert [path for path in paths if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file of the repository, and to a heading that it has."""
    astray = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, heading = link.partition("#")
        to = page.parent / path if path else page
        if "://" not in link and (not to.exists() or (heading and heading not in headings(to))):
            astray.append(link)
    assert astray == []


def headings(page: Path) -> set[str]:
    """As GitHub makes anchors of them."""
    plain = [title.lower().replace("`", "") for title in re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


def test_every_make_target_that_is_shown_exists() -> None:
    """In plain blocks and in backquotes."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown: set[str] = set()
    for page in PAGES:
        shown |= set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE))
    assert {"demo", "test"} <= shown
    assert shown - targets == set()


def table() -> dict[str, set[str]]:
    """ARCHITECTURE's rooms, and what each may import beside itself."""
    rooms: dict[str, set[str]] = {}
    for name, words in re.findall(
        r"^\| `(\w+)` \|.*\| ([^|]+) \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE
    ):
        named = set(re.findall(r"`(\w+)`", words))
        everything = words.startswith("all of the above") or words.endswith("the rooms")
        rooms[name] = named | set(rooms) if everything else named
    return rooms


def test_the_rooms_are_those_of_the_table() -> None:
    """Each package has its row, and each row its package; the modules beside them are named below."""
    packages = {one.parent.name for one in (ROOT / "harness").glob("*/__init__.py")}
    assert set(table()) == packages | {"errors"}
    modules = {one.stem for one in (ROOT / "harness").glob("*.py")} - {"__init__"}
    assert modules == {"errors", "interrupts"} | FOR_OTHER_PROGRAMS
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert [name for name in modules if f"`{name}" not in text] == []


def test_no_room_imports_what_the_table_does_not_allow() -> None:
    """Wherever the import stands, and for types, too: finer than the layers that `make imports` checks."""
    used: dict[str, set[str]] = defaultdict(set)
    for file in (ROOT / "harness").rglob("*.py"):
        room = file.relative_to(ROOT / "harness").parts[0].removesuffix(".py")
        used[room] |= {name for name in imported(file) if name != room}
    allowed = table()
    trespassing = {room: used[room] - ANYBODY_MAY - allowed[room] for room in allowed}
    assert {room: names for room, names in trespassing.items() if names} == {}
    assert used["experiment"] >= {"load", "faults", "contract", "audit"}


def imported(file: Path) -> set[str]:
    """The rooms that a file imports."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "harness":
            modules += [f"harness.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    return {module.split(".")[1] for module in modules if module.startswith("harness.")}


@pytest.mark.parametrize("page", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda page: page.name)
def test_requirements_are_exact_and_name_no_address(page: Path) -> None:
    """One version of each, every one with its hashes, from whatever index the machine has."""
    text = re.sub(r"^ *#.*\n", "", page.read_text(), flags=re.MULTILINE)
    pins = re.findall(r"^\S(?:.*\\\n)*.*$", text, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if not re.match(r"[a-z0-9._\[\]-]+==[^ ]+ (; [^\\]+)?\\\n +--hash=sha256:", pin)] == []
    assert "//" not in text
