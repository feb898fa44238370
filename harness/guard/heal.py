"""Taking back what is still promised: by the guard when its parent ends, or by a later command when the guard ended too."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import BadDocument, EnvironmentFailed, HealFailed
from harness.guard._process_table import process_start
from harness.guard.journal import Journal, JournalState, PromiseRecord, Status, read_journal
from harness.guard.undo import Rank

__all__ = ["Record", "forget_finished", "heal", "heal_failed", "heal_leftovers", "leftovers", "undo_all"]

Record = Callable[[PromiseRecord, Status, str], None]

_NETWORK_S = 6.0  # for all network undos together: a wedged server of ours is killed right after
_EACH_S = 5.0


def undo_all(promises: Sequence[PromiseRecord], record: Record) -> tuple[PromiseRecord, ...]:
    """Take all back, the newest first within a rank; tell `record` of each; return those that are still in the world."""
    deadline, missed = time.monotonic() + _NETWORK_S, []
    for promise in sorted(promises, key=lambda promise: (promise.undo.rank, -promise.number)):
        network = promise.undo.rank is Rank.NETWORK
        outcome = promise.undo.undo(max(0.3, deadline - time.monotonic()) if network else _EACH_S)
        if not outcome.done:
            missed.append(promise)
        else:
            record(promise, "undone", outcome.what)
    left = []
    for promise in missed:  # once more: its server may have been one of the processes that just ended
        outcome = promise.undo.undo(0.5)
        record(promise, "undone" if outcome.done else "failed", outcome.what)
        if not outcome.done:
            left.append(promise)
    return tuple(left)


def heal(path: Path) -> tuple[PromiseRecord, ...]:
    """Finish what a killed guard left in its journal; return what was pending. The file is removed when all is undone.

    Raises EnvironmentFailed while a guard still holds the journal, HealFailed with the commands for what remains.
    """
    journal = Journal.open(path)
    try:
        if not journal.lock():
            raise EnvironmentFailed(
                f"{path} belongs to a guard that is alive; it heals by itself when its parent ends.",
                f"End the parent first: kill {read_journal(path).parent}",
            )
        pending = read_journal(path).pending
        left = undo_all(pending, lambda promise, status, note: journal.append(_line(promise, status, note)))
    finally:
        journal.close()
    if left:
        raise heal_failed(left)
    path.unlink(missing_ok=True)
    return pending


def leftovers(folder: Path) -> tuple[tuple[Path, JournalState], ...]:
    """Journals with something pending whose parent and guard are both gone, the oldest first."""
    found = []
    for path in sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime):
        try:
            state = read_journal(path)
            if state.pending and not _in_use(path, state):
                found.append((path, state))
        except (BadDocument, EnvironmentFailed):
            continue  # not a journal of undos, or removed by its owner in this moment
    return tuple(found)


def heal_leftovers(folder: Path) -> tuple[tuple[PromiseRecord, ...], HealFailed | None]:
    """Finish all of them: what was pending where all could be undone, and one error for all that could not."""
    healed: list[PromiseRecord] = []
    failed: list[HealFailed] = []
    for path, _ in leftovers(folder):
        try:
            healed += heal(path)
        except HealFailed as error:
            failed.append(error)  # one server that is gone must not keep the others' faults
    if not failed:
        return tuple(healed), None
    return tuple(healed), HealFailed("\n".join(one.what for one in failed), "\n".join(one.todo for one in failed))


def forget_finished(folder: Path, *, before_s: float) -> None:
    """Remove journals with nothing pending that were last written before `before_s` (seconds since the epoch)."""
    for path in folder.glob("*.jsonl"):
        try:
            if path.stat().st_mtime > before_s:
                continue
            state = read_journal(path)
            if not state.pending and not _in_use(path, state):
                path.unlink(missing_ok=True)
                path.with_suffix(".log").unlink(missing_ok=True)
        except (BadDocument, EnvironmentFailed, OSError):
            continue  # not ours to judge


def heal_failed(left: Sequence[PromiseRecord]) -> HealFailed:
    """The error that tells a person what to type."""
    commands = "\n  ".join(promise.undo.by_hand() for promise in left)
    return HealFailed(
        f"{len(left)} change(s) could not be taken back and may still be in force.", f"Run:\n  {commands}"
    )


def _line(promise: PromiseRecord, status: Status, note: str) -> dict[str, object]:
    return {"promise": promise.number, "status": status, "note": note}


def _in_use(path: Path, state: JournalState) -> bool:
    if process_start(state.parent) == state.parent_start:
        return True
    journal = Journal.open(path)
    try:
        return not journal.lock()
    finally:
        journal.close()
