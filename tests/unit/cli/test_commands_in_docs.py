"""Every command and every scenario that README and docs show can be typed and read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML

from harness.cli import entry  # noqa: F401  # registers the commands
from harness.cli.app import app
from harness.cli.entry import run_command
from harness.config.documents import ScenarioDocument

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
SHOWN = re.compile(r"^(?:\s*- (?:run: )?)?(harness [a-z].*)$", re.MULTILINE)


def blocks(page: Path, *languages: str) -> list[str]:
    """The code of some kinds on a page."""
    return [text for kind, text in BLOCK.findall(page.read_text()) if kind in languages]


def command_lines() -> list[tuple[str, str]]:
    """Page and line of every `harness …` in plain blocks and in CI files, without its comment; lines that go on are joined."""
    found = []
    for page in PAGES:
        for block in blocks(page, "", "yaml", "sh", "bash"):
            lines = SHOWN.findall(block.replace("\\\n", " "))
            found += [(page.name, re.split(r"\s{2,}#|\s#\s", line)[0].strip()) for line in lines]
    return found


def parse(context: Any, command: Any, words: list[str]) -> None:
    """As the command line does, without doing anything. Raises what a mistyped flag raises."""
    with command.make_context(command.name or "harness", list(words), parent=context) as made:
        rest = [*getattr(made, "_protected_args", []), *made.args]
        if rest and hasattr(command, "commands"):
            parse(made, command.commands[rest[0]], rest[1:])


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_every_command_that_is_shown_exists(page: str, line: str) -> None:
    """With each of its flags."""
    words = shlex.split(line.partition(" | ")[0].partition(" > ")[0])[1:]
    parse(None, typer.main.get_command(app), words)


def scenarios() -> list[str]:
    """Every whole scenario that is shown."""
    return [text for page in PAGES for text in blocks(page, "yaml") if re.match(r"(#.*\n)*name: ", text)]


@pytest.mark.parametrize("text", scenarios())
def test_every_scenario_that_is_shown_is_one(text: str) -> None:
    """As an editor that knows the schema would have it."""
    ScenarioDocument.model_validate(YAML(typ="safe").load(text))


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_bundled_scenario_can_be_run(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is understood down to its plan, on the stack that it names."""
    assert run_command(["run", str(path), "--dry-run"]) == 0, capfd.readouterr().err
    assert "reference" in capfd.readouterr().out


def test_commands_and_scenarios_are_found_at_all() -> None:
    """The patterns above match what they are meant for."""
    assert len(command_lines()) >= 60
    assert len(scenarios()) >= 4
