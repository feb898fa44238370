"""YAML 1.2 with line numbers, so that every later complaint can point at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness.errors import BadDocument

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: plain `data`, and where each part of it stands."""

    path: Path
    data: Any

    def line(self, place: tuple[str | int, ...]) -> int:
        """The line (from 1) of the deepest part of `place` that exists in the file."""
        node, line = self.data, 1
        for step in place:
            marks = getattr(node, "lc", None)
            try:
                line = (marks.key(step) if isinstance(node, Mapping) else marks.item(step))[0] + 1  # type: ignore[union-attr]
                node = node[step]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return line

    def wrong(self, place: tuple[str | int, ...], what: str, todo: str = "") -> BadDocument:
        """The error for a mistake at `place`."""
        return BadDocument(what, todo, path=self.path, line=self.line(place))


def read_yaml(path: Path) -> Source:
    """Parse one file. Raises BadDocument that names the file and line, also for what is no mapping or too large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadDocument(f"is larger than {MAX_BYTES:,} bytes; this is no scenario.", path=path)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadDocument(f"cannot be read: {error.strerror}.", "Check the path.", path=path) from error
    except UnicodeDecodeError as error:
        raise BadDocument("is not UTF-8 text.", "Save it as UTF-8 YAML.", path=path) from error
    try:
        data = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadDocument(
            f"is not YAML: {error.problem}.", "Mend the YAML at this line.", path=path, line=line
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadDocument(f"is not YAML: {error}.", "Mend the YAML.", path=path) from error
    if not isinstance(data, dict):
        kind = "empty" if data is None else "a list" if isinstance(data, list) else "a single value"
        raise BadDocument(
            f"should be a mapping of keys to values, and is {kind}.", "Start it with `name: ...`.", path=path
        )
    return Source(path, data)
