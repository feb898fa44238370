"""What an interrupt must not cut: it waits for the end of such a stretch, and is raised there.

Libraries of another language turn an exception that a signal raises within them into one of their own, or lose it; and a file that is half
written is worse than one that comes two seconds later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import Interrupted

__all__ = ["held_back", "unbroken"]

_open: list[list[Interrupted]] = []


@contextmanager
def unbroken() -> Iterator[None]:
    """Of the main thread. Raises Interrupted at its end, where one came meanwhile and nothing else went wrong."""
    waiting: list[Interrupted] = []
    _open.append(waiting)
    try:
        yield
    finally:
        _open.remove(waiting)
    if waiting:
        raise waiting[0]


def held_back(error: Interrupted) -> bool:
    """Whether a stretch is under way that will raise it at its end."""
    if not _open:
        return False
    _open[0].append(error)
    return True
