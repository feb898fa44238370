"""Where the harness keeps what outlives a process: the user's cache."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.model.places import cache_dir

__all__ = ["cache_dir", "state_dir"]


def state_dir(environ: Mapping[str, str]) -> Path:
    """Journals of undos, and what `harness up` left running."""
    return cache_dir(environ) / "state"
