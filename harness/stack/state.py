"""What `harness up` leaves for `harness status` and `harness down`: a small file in the user's cache."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import BadDocument, EnvironmentFailed
from harness.guard import process_start, state_dir

__all__ = ["StackState", "forget_state", "load_state", "save_state"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """`owner` is the process that keeps the stack up, `owner_start` its `process_start`, `journal` that of its guard.

    `environment` is `Stack.environment`, secrets included: the file is readable by its user only.
    """

    owner: int
    owner_start: str
    journal: str
    stack: dict[str, Any]
    environment: dict[str, str] = field(repr=False)
    ui: str = ""

    @property
    def alive(self) -> bool:
        """Whether the owner still runs. When it ends, its guard ends the stack."""
        return process_start(self.owner) == self.owner_start


def save_state(state: StackState, environ: Mapping[str, str], *, name: str = "stack") -> Path:
    """Whole or not at all. Raises EnvironmentFailed."""
    path = _path(environ, name)
    aside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(asdict(state), indent=1))
        aside.replace(path)
    except OSError as error:
        raise EnvironmentFailed(f"{path} cannot be written: {error.strerror}.", "Free space there.") from error
    return path


def load_state(environ: Mapping[str, str], *, name: str = "stack") -> StackState | None:
    """None when nothing was saved. Raises BadDocument for a file that is not ours."""
    path = _path(environ, name)
    try:
        return StackState(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BadDocument(f"This is no saved stack: {error}", "Remove it.", path=path) from error


def forget_state(environ: Mapping[str, str], *, name: str = "stack") -> None:
    """Remove what was saved, if anything was."""
    _path(environ, name).unlink(missing_ok=True)


def _path(environ: Mapping[str, str], name: str) -> Path:
    return state_dir(environ) / f"{name}.json"
