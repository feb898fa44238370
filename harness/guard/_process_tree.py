"""A process with all that it started, whatever sessions they moved to."""

from __future__ import annotations

import os
import signal

from harness.guard._process_table import ProcessRow, process_row, process_table

__all__ = ["alive", "freeze", "members", "pause_tree", "process_states", "resume_tree", "signal_row", "tree_pids"]

_FREEZE_ROUNDS = 100  # two do, unless a tree forks faster than we read /proc


def members(leader: int, start_time: str) -> dict[int, ProcessRow]:
    """`leader` leads a session; its group and all descendants, also those in sessions of their own, as Postgres' children are."""
    table = process_table()
    row = table.get(leader)
    if row and row.start != start_time:
        return {}  # the pid belongs to somebody else by now
    pids = {row.pid for row in table.values() if row.group == row.session == leader}
    grown = pids | ({leader} & table.keys())
    while grown:
        pids |= grown
        grown = {row.pid for row in table.values() if row.parent in pids} - pids
    return {pid: table[pid] for pid in pids if table[pid].state not in "ZX"}


def freeze(leader: int, start_time: str) -> dict[int, ProcessRow]:
    """Stop the tree until no new member appears: a process that forks while it is counted would slip away."""
    found: dict[int, ProcessRow] = {}
    for _ in range(_FREEZE_ROUNDS):
        new = {pid: row for pid, row in members(leader, start_time).items() if pid not in found}
        if not new:
            break
        for row in new.values():
            signal_row(row, signal.SIGSTOP)
        found |= new
    return found


def pause_tree(leader: int, start_time: str) -> int:
    """SIGSTOP to all of it; how many there were."""
    return len(freeze(leader, start_time))


def resume_tree(leader: int, start_time: str) -> tuple[int, ...]:
    """SIGCONT to all of it, its leader last; those that stay stopped, because they may not be signalled."""
    rows = members(leader, start_time)
    refused = [
        row.pid
        for row in sorted(rows.values(), key=lambda row: row.pid == leader)
        if not signal_row(row, signal.SIGCONT)
    ]
    return tuple(refused)


def process_states(leader: int, start_time: str) -> tuple[str, ...]:
    """The state letters of proc_pid_stat(5) of all of it: `T` is stopped."""
    return tuple(row.state for row in members(leader, start_time).values())


def tree_pids(leader: int, start_time: str) -> tuple[int, ...]:
    """The pids of all of it, its leader first."""
    return tuple(sorted(members(leader, start_time), key=lambda pid: pid != leader))


def alive(row: ProcessRow) -> bool:
    """Whether it is still this life of the pid."""
    now = process_row(row.pid)
    return now is not None and now.start == row.start and now.state not in "ZX"


def signal_row(row: ProcessRow, number: signal.Signals) -> bool:
    """Whether it was delivered, or there is nobody left to deliver it to."""
    if not alive(row):
        return True
    try:
        os.kill(row.pid, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True
