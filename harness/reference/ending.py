"""How each of the service's processes ends on a known error: its message on stderr, its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import HarnessError

__all__ = ["exit_with"]


@contextmanager
def exit_with() -> Iterator[None]:
    """Turn a HarnessError of the block into an exit."""
    try:
        yield
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from error
