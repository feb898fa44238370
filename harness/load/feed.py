"""Rows for locustfiles: `next(rows())` hands each row of the scenario's data to one user of one load process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.model.data import AtEnd, DataFile
from harness.model.rows import parse_rows

__all__ = ["Rows", "Share", "rows", "take_share"]

Generate = Callable[[], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Share:
    """Which rows are this process's: the `worker`-th of each `workers`. `data` is the scenario's, `folder` the locustfile's.

    `ran_out` hears once why there are no more.
    """

    worker: int = 0
    workers: int = 1
    data: DataFile | None = None
    folder: Path = field(default_factory=Path)
    ran_out: Callable[[str], None] = lambda _: None


class Rows(Iterator[Any]):
    """An iterator that all users of a process share. In a load process its end stops the user that asked (and the load)."""

    def __init__(self, name: str, generate: Generate, at_end: AtEnd, share: Share) -> None:
        self.name = name
        self.at_end = at_end
        self._generate = generate
        self._share = share
        self._rows = islice(self._rounds(), share.worker, None, share.workers)
        self._lock = (
            threading.Lock()
        )  # a generator that does input or output lets other users run, and must not be entered twice
        self._taken = 0
        self._broken: Exception | None = None

    def __next__(self) -> Any:
        """The next row that no other user had in this round. Raises what the generator raised, also later."""
        with self._lock:
            if self._broken is not None:
                raise self._broken
            try:
                row = next(self._rows)
            except StopIteration:
                pass
            except Exception as error:
                self._broken = error  # it cannot go on, and its end must not look like the end of the rows
                raise
            else:
                self._taken += 1
                return row
        raise self._ran_out()

    def _rounds(self) -> Iterator[Any]:
        while True:
            any_row = False
            for row in self._generate():
                any_row = True
                yield row
            if self.at_end == "stop" or not any_row:
                return

    def _ran_out(self) -> Exception:
        text = f"the rows of {self.name} ran out; this process took {self._taken}"
        self._share.ran_out(text)
        if "locust" not in sys.modules:
            return StopIteration(text)
        from locust.exception import StopUser

        return StopUser(text)


_share = Share()
_opened: dict[Path | Generate, Rows] = {}


def take_share(share: Share) -> None:
    """Called once by a load process, before its locustfile."""
    global _share  # one load per process, and a locustfile has nothing else to ask
    _share = share
    _opened.clear()


def rows(source: str | Path | Generate | None = None, *, at_end: AtEnd | None = None) -> Rows:
    """The scenario's `data`, a file (CSV with a header or JSON lines; beside the locustfile), or what a function yields.

    Every call with the same source returns the same rows, so users may ask in `on_start`. A function must yield the same in
    every load process, each of which takes its own share. At the end the load stops (`stop`, unless the scenario says
    otherwise), or begins at the first row again (`recycle`): then a row may be in two users' hands.

    Raises BadInput where there is no data, or the same source is asked for with another `at_end`.
    """
    key, name, generate, wanted = _resolved(source, at_end)
    found = _opened.setdefault(key, Rows(name, generate, wanted, _share))
    if found.at_end != wanted:
        raise BadInput(f"{name} is to {found.at_end} at its end, and now to {wanted}.", "Say the same in both places.")
    return found


def _resolved(
    source: str | Path | Generate | None, at_end: AtEnd | None
) -> tuple[Path | Generate, str, Generate, AtEnd]:
    data = _share.data
    if callable(source):
        return source, getattr(source, "__name__", "the generator"), source, at_end or "stop"
    if source is None and data is None:
        raise BadInput(
            "This locustfile asks for rows, and there is no `data`.",
            "Write `data: customers.csv` under `load:`, or name the file: rows('customers.csv').",
        )
    path = data.path if source is None and data else (_share.folder / str(source)).resolve()
    if not path.is_file():
        raise BadInput(f"The data file {path} is not there.", "Paths are relative to the locustfile.")
    of_scenario = data.at_end if data and data.path == path else "stop"
    return path, path.name, lambda: _read(path), at_end or of_scenario


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from parse_rows(path, lines)
