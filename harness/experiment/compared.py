"""A comparison that came to an end, however its runs were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.results import Comparison, RunFolder

FOLDER = "comparisons"
Draw = Callable[[RunFolder, Comparison], object]
"""Writes the report of a comparison into its folder."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`document` is what `comparison.json` of the folder holds."""

    folder: RunFolder
    document: Comparison

    @property
    def report(self) -> Path:
        """The page to open."""
        return self.folder.file("report.html")
