"""Writes that either happen or say why not: a full disk is an EnvironmentFailed that names the folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import EnvironmentFailed


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate an OSError into what a person can act on."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            todo = "Free some space there (`harness runs prune` removes old runs), then run again."
        else:
            todo = "Make the folder writable, or run from another folder."
        raise EnvironmentFailed(
            f"Could not write {path}: {reason}. What the run wrote before stays readable.", todo
        ) from error


def append(path: Path, data: bytes) -> None:
    """Add whole data or nothing: a line that was cut off by a full disk is taken back."""
    with writing(path):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            before = os.fstat(fd).st_size
            try:
                _write_all(fd, data)
            except OSError:
                with suppress(OSError):  # the first failure is the one to tell
                    os.ftruncate(fd, before)
                raise
        finally:
            os.close(fd)


def replace(path: Path, data: bytes) -> None:
    """Put data in place of the file in one step: a reader sees the old or the new, never a part."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with writing(path):
            part.write_bytes(data)
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
