"""What /proc says about processes. Linux only, standard library only: the guard must start in a moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["ProcessRow", "process_row", "process_start", "process_table"]

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """`start` names this life of the pid: the boot and the clock tick of its start, so a reused pid differs."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    start: str


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def process_row(pid: int) -> ProcessRow | None:
    """None when there is no such process."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in brackets and may itself hold spaces and brackets; see proc_pid_stat(5) for the numbers.
    rest = text[text.rindex(")") + 2 :].split()
    return ProcessRow(pid, rest[0], int(rest[1]), int(rest[2]), int(rest[3]), f"{_boot()}:{rest[19]}")


def process_start(pid: int) -> str | None:
    """When this process started, exactly; None when there is none, or only its unreaped remains."""
    row = process_row(pid)
    return row.start if row and row.state not in "ZX" else None


def process_table() -> dict[int, ProcessRow]:
    """All processes that can be seen, by pid."""
    rows = (process_row(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit())
    return {row.pid: row for row in rows if row}
