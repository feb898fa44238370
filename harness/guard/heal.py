"""Taking back what is still promised: by the guard when its parent ends, or by a later command when the guard ended too."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadDocument, EnvironmentFailed, HealFailed
from harness.guard._process_table import process_start
from harness.guard.journal import Journal, JournalState, PromiseRecord, read_journal
from harness.guard.undo import Outcome, Rank, undo_to_json

__all__ = [
    "Note",
    "forget_finished",
    "heal",
    "heal_failed",
    "heal_leftovers",
    "leftovers",
    "take_back",
    "told",
    "undo_all",
]

Note = Callable[[dict[str, Any]], None]

_NETWORK_S = 6.0  # for all network undos together: a wedged server of ours is killed right after
_EACH_S = 5.0
_LEAST_S = 0.5


def undo_all(promises: Sequence[PromiseRecord], note: Note) -> tuple[PromiseRecord, ...]:
    """Take all back, the newest first within a rank; `note` takes a line of the journal for each; return those that are still in the world."""
    deadline, missed = time.monotonic() + _NETWORK_S, []
    for promise in sorted(promises, key=lambda promise: (promise.undo.rank, -abs(promise.number))):
        network = promise.undo.rank is Rank.NETWORK
        within_s = max(0.3, deadline - time.monotonic()) if network else _EACH_S
        tried, outcome = take_back(promise, within_s, note)
        if not outcome.done:
            missed.append(tried)
        else:
            note(told(tried, outcome))
    left = []
    for promise in missed:  # once more: its server may have been one of the processes that just ended
        tried, outcome = take_back(promise, _LEAST_S, note)
        note(told(tried, outcome))
        if not outcome.done:
            left.append(tried)
    return tuple(left)


def take_back(promise: PromiseRecord, within_s: float, note: Note) -> tuple[PromiseRecord, Outcome]:
    """Try once. What must not be left half done is noted before it is begun, and is from then on what is promised."""
    deadline = time.monotonic() + within_s
    outcome = promise.undo.undo(within_s)
    if outcome.instead is None:
        return promise, outcome
    note({"promise": promise.number, "instead": undo_to_json(outcome.instead)})
    return promise.instead(outcome.instead), outcome.instead.undo(max(_LEAST_S, deadline - time.monotonic()))


def told(promise: PromiseRecord, outcome: Outcome) -> dict[str, Any]:
    """What came of it, as a line of the journal."""
    return {"promise": promise.number, "status": "undone" if outcome.done else "failed", "note": outcome.what}


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
        left = undo_all(pending, journal.append)
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


def _in_use(path: Path, state: JournalState) -> bool:
    if process_start(state.parent) == state.parent_start:
        return True
    journal = Journal.open(path)
    try:
        return not journal.lock()
    finally:
        journal.close()
