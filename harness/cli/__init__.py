"""The command line: one file per command, thin. `main` is the console script."""

from __future__ import annotations

from harness.cli.entry import main

__all__ = ["main"]
