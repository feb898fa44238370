"""Rows that feed users, as a scenario names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

AtEnd = Literal["stop", "recycle"]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A CSV file with a header, or JSON lines. After the last row the load stops, or begins at the first again."""

    path: Path
    at_end: AtEnd = "stop"
