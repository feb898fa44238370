"""Where the harness keeps what outlives a process: the user's cache."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["cache_dir"]


def cache_dir(environ: Mapping[str, str]) -> Path:
    """`$XDG_CACHE_HOME` or `~/.cache`, then `api-harness`. A relative one is ignored, as the XDG specification asks."""
    given = Path(environ.get("XDG_CACHE_HOME", ""))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (given if given.is_absolute() else home / ".cache") / "api-harness"
