"""Processes of a test, read while some of them end."""

from __future__ import annotations

import psutil


def living_below(parent: int, word: str) -> list[int]:
    """The pids of what runs below `parent` with `word` in its command line; one that ends meanwhile, or is not reaped yet, is none."""
    found = []
    for one in psutil.Process(parent).children(recursive=True):
        try:
            if one.status() != psutil.STATUS_ZOMBIE and word in one.cmdline():
                found.append(one.pid)
        except psutil.NoSuchProcess:  # a zombie's command line raises a kind of it
            continue
    return found
