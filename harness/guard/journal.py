"""The journal of undos: append-only JSON lines, written by the parent and by its guard, read by whoever heals."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from harness.errors import BadDocument, EnvironmentFailed
from harness.guard.undo import Undo, undo_from_json

__all__ = ["Journal", "JournalReader", "JournalState", "PromiseRecord", "Status", "read_journal"]

Status = Literal["open", "kept", "undone", "failed"]


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """One promised undo. `until_ns` is its lease's end on CLOCK_MONOTONIC, None for "as long as the parent lives"."""

    number: int
    undo: Undo
    until_ns: int | None
    status: Status = "open"
    note: str = ""

    @property
    def pending(self) -> bool:
        """Whether the change may still be in the world."""
        return self.status in ("open", "failed")

    def instead(self, undo: Undo) -> PromiseRecord:
        """What is promised in its place, from before it is begun. Its number is another one, since whoever promised the first may say that
        it was kept, and knows nothing of this."""
        return PromiseRecord(-self.number, undo, self.until_ns)


@dataclass(frozen=True, slots=True)
class JournalState:
    """What a journal says so far. `parent_start` is the parent's `process_start`."""

    name: str
    parent: int
    parent_start: str
    promises: tuple[PromiseRecord, ...]

    @property
    def pending(self) -> tuple[PromiseRecord, ...]:
        """Promises whose change may still be in the world."""
        return tuple(promise for promise in self.promises if promise.pending)


@dataclass(frozen=True, slots=True)
class Journal:
    """An open journal. Two processes may append to it at once: each line is one write to a file in append mode."""

    path: Path
    fd: int

    @classmethod
    def create(cls, path: Path, *, name: str, parent: int, parent_start: str) -> Journal:
        """Raises EnvironmentFailed when the file is there or cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error
        journal = cls(path, fd)
        journal.append({"journal": 1, "name": name, "parent": parent, "parent_start": parent_start})
        return journal

    @classmethod
    def open(cls, path: Path) -> Journal:
        """To append to one that is there. Raises EnvironmentFailed."""
        try:
            return cls(path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC))
        except OSError as error:
            raise _unwritable(path, error) from error

    def append(self, entry: dict[str, Any], *, durable: bool = True) -> None:
        """Written when this returns, and on disk where `durable`; otherwise EnvironmentFailed, and what was to be promised must not be done.

        What is not durable outlives every process, and is lost with the machine's power only.
        """
        # The line break before it keeps a line that a full disk cut short from swallowing the next one.
        line = b"\n" + json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        try:
            if os.write(self.fd, line) != len(line):
                raise OSError(28, "the line was cut short")  # noqa: TRY301  ENOSPC in the making
            if durable:
                os.fdatasync(self.fd)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def lock(self) -> bool:
        """Become the one who undoes; False while somebody else is. The kernel ends the lock with its holder."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Close the file; a lock on it ends."""
        os.close(self.fd)


class JournalReader:
    """A journal read again and again, as its guard does at each word of the parent: what was read stays read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = 0  # the end of the last whole line, bytes
        self._head: dict[str, Any] | None = None
        self._promises: dict[int, PromiseRecord] = {}

    def read(self) -> JournalState:
        """What it says by now. Raises BadDocument when it is no journal, or of a later version; a line that was cut short is passed over."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._at)
                fresh = file.read()
            for entry in _entries(fresh.split(b"\n")):
                self._head = self._head or (entry if entry.get("journal") == 1 else None)
                _apply(self._promises, entry)
            self._at += fresh.rfind(b"\n") + 1  # what comes after it is read again
            if self._head is None:
                raise ValueError("it has no heading")  # noqa: TRY301
            about = self._head
            return JournalState(about["name"], about["parent"], about["parent_start"], tuple(self._promises.values()))
        except (OSError, ValueError, KeyError) as error:
            raise BadDocument(f"This is no journal that can be read: {error}", path=self.path) from error


def read_journal(path: Path) -> JournalState:
    """As `JournalReader.read`, once."""
    return JournalReader(path).read()


def _entries(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            entry = json.loads(line) if line else None
        except ValueError:
            continue  # cut short: its writer was told so, and did nothing
        if isinstance(entry, dict):
            yield entry


def _apply(promises: dict[int, PromiseRecord], entry: dict[str, Any]) -> None:
    number = entry.get("promise")
    if number is None:
        return
    if "instead" in entry and number in promises:
        known = promises[number]
        promises[number] = replace(known, status="undone", note=f"by another way: promise {-number}")
        promises[-number] = known.instead(undo_from_json(entry["instead"]))
    elif "undo" in entry:
        promises[number] = PromiseRecord(number, undo_from_json(entry["undo"]), entry.get("until_ns"))
    elif number in promises:
        known = promises[number]
        promises[number] = replace(
            known,
            status=entry.get("status", known.status),
            note=entry.get("note", known.note),
            until_ns=entry.get("until_ns", known.until_ns),
        )


def _unwritable(path: Path, error: OSError) -> EnvironmentFailed:
    return EnvironmentFailed(
        f"The journal of undos {path} cannot be written: {error.strerror or error}.",
        "Nothing was changed. Free space there, or point XDG_CACHE_HOME at a folder that can be written.",
    )
