"""Notes on a run's timeline. Any process may add one, since a line is appended whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from harness.results.disk import append
from harness.results.folder import RunFolder
from harness.results.masking import Mask

FILE = "marks.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A note made `t_ns` nanoseconds after the run's zero; `by` is `user@host`."""

    t_ns: int
    text: str
    by: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, object]) -> Mark:
        """From a line of `marks.jsonl`."""
        return cls(t_ns=int(str(row["t_ns"])), text=str(row["text"]), by=str(row.get("by", "")))


def append_mark(folder: RunFolder, mark: Mark, secrets: Mask | None = None) -> None:
    """Add a note; what looks like a secret is masked. Raises EnvironmentFailed."""
    row = (secrets or Mask()).value({"t_ns": mark.t_ns, "text": mark.text, "by": mark.by})
    append(folder.file(FILE), (json.dumps(row, ensure_ascii=False) + "\n").encode(errors="backslashreplace"))
