"""The user's own `schemathesis.toml`: found as Schemathesis finds it, honoured in all but where and how long to send."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import BadDocument

NAME = "schemathesis.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFile:
    """`document` as parsed; paths in it are relative to the folder of `path`."""

    path: Path
    document: Mapping[str, Any] = field(repr=False)


def find_engine_file(start: Path) -> EngineFile | None:
    """In `start` or a folder above it, up to the one with `.git`. Raises BadDocument where it does not parse."""
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return read_engine_file(folder / NAME)
        if (folder / ".git").exists():
            return None
    return None


def read_engine_file(path: Path) -> EngineFile:
    """Raises BadDocument where it cannot be read or does not parse."""
    try:
        return EngineFile(path=path.resolve(), document=tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadDocument(
            f"It could not be read: {error.strerror}.", "Check the path after --config.", path=path
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDocument(f"It is not TOML: {error}.", "Mend it there.", path=path) from error
