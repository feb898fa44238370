"""The table of rules: how bad each is. It stands in `rules.tsv`: level, identifier, whose.

Identifiers and levels are oasdiff's (github.com/oasdiff/oasdiff 1.37.0, `oasdiff checks`), so that its documentation and people's ignore lists
serve; those marked `harness` are what it lacks, or judges more mildly. docs/diff.md lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.model.finding import Level

TABLE = Path(__file__).with_name("rules.tsv")


def _rows() -> Iterator[tuple[str, Level, str]]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        level, rule, whose = line.split("\t")
        yield rule, Level(level), whose


RULES: Mapping[str, Level] = {rule: level for rule, level, _ in _rows()}
OURS: frozenset[str] = frozenset(rule for rule, _, whose in _rows() if whose == "harness")
