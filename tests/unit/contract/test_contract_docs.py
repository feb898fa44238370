"""What docs/pact.md, docs/ci.md and docs/diff.md show can be written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from harness.cli import entry  # noqa: F401  # registers the commands
from harness.config import read_target
from harness.config.documents import ScenarioDocument
from harness.contract.ledger import Ledger

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("pact.md", "ci.md", "diff.md")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The code of one kind on a page."""
    return [text for kind, text in BLOCK.findall((DOCS / page).read_text()) if kind == language]


@pytest.mark.parametrize("page", PAGES)
def test_yaml_and_json_are_what_they_seem(page: str) -> None:
    """Each block parses; JSON stands on its own."""
    for text in blocks(page, "yaml"):
        assert YAML(typ="safe").load(text)
    for text in blocks(page, "json"):
        assert json.loads(text)["harness"]


def test_the_targets_pacts_are_read(tmp_path: Path) -> None:
    """As harness.yaml."""
    (text,) = (block for block in blocks("pact.md", "yaml") if block.startswith("targets:"))
    (tmp_path / "harness.yaml").write_text(text)
    about = read_target("shop", environ={}, start=tmp_path, builtin={}).pact
    assert about is not None
    assert (about.messages, about.pending, about.wip_since) == ("tests.messages:make", True, "2026-01-01")
    assert [str(one) for one in about.wanted] == ["mainBranch", "deployedOrReleased"]


def test_the_smoke_scenario_is_one() -> None:
    """As a scenario file."""
    (text,) = (block for block in blocks("ci.md", "yaml") if block.startswith("name: smoke"))
    assert ScenarioDocument.model_validate(YAML(typ="safe").load(text)).contract.oracle == "all"


def test_the_ledgers_files_are_read(tmp_path: Path) -> None:
    """Each record that is shown, in the folder that the table names for it."""
    places = {
        "version": "versions/storefront/1.json",
        "result": "results/a/b/c/1.json",
        "deployment": "environments/p/a.json",
    }
    for text in blocks("pact.md", "json"):
        place = tmp_path / places[json.loads(text)["harness"]]
        place.parent.mkdir(parents=True)
        place.write_text(text)
    ledger = Ledger.read(tmp_path)
    assert (len(ledger.versions), len(ledger.results), len(ledger.deployments)) == (1, 1, 1)
    assert ledger.results[0].failed == ("read an item",)
