"""How a target's data are put back, so that runs that are compared begin alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A command that is run before each run that is compared. `folder` is where it runs; `timeout` in seconds."""

    command: str
    folder: str = "."
    timeout: float = 60.0
