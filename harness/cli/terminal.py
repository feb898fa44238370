"""Where things are printed: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """A line of the result."""
    out.print(text)


def note(text: str) -> None:
    """A line about how it goes."""
    err.print(text, markup=False)


def complain(text: str) -> None:
    """An error: what, where, what to do. Plain print, because markup in somebody's file must not matter."""
    print(f"harness: {text}", file=sys.stderr)  # noqa: T201


def say_json(document: Any) -> None:
    """The one document of `--json`."""
    print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))  # noqa: T201
