"""Which runs live on this machine, wherever their folders are: each leaves a small file in the user's cache while it goes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.workshop import owner
from harness.guard import process_start, state_dir
from harness.model.nearest import did_you_mean
from harness.results import Mark, RunFolder, RunReader, append_mark

LIVE = "live"
LONGEST_MARK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A run that goes now, as another process sees it."""

    folder: RunFolder
    pid: int


def announce(folder: RunFolder, environ: Mapping[str, str]) -> None:
    """Let others find this process's run. Raises EnvironmentFailed."""
    path = _place(environ) / f"{folder.name}.json"
    about = {"folder": str(folder.path.resolve()), "pid": os.getpid(), "start": process_start(os.getpid()) or ""}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(json.dumps(about))
    except OSError as error:
        raise EnvironmentFailed(f"{path} cannot be written: {error.strerror}.", "Free space there.") from error


def withdraw(folder: RunFolder, environ: Mapping[str, str]) -> None:
    """The run has ended."""
    (_place(environ) / f"{folder.name}.json").unlink(missing_ok=True)


def live_runs(environ: Mapping[str, str]) -> tuple[LiveRun, ...]:
    """Those whose process lives, the oldest first. What dead ones left is removed."""
    found = []
    for path in sorted(_place(environ).glob("*.json")):
        try:
            about = json.loads(path.read_text())
            folder, pid, start = RunFolder(Path(about["folder"])), int(about["pid"]), about["start"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it has just ended, or is not ours
        if process_start(pid) == start:
            found.append(LiveRun(folder=folder, pid=pid))
        else:
            path.unlink(missing_ok=True)
    return tuple(found)


def find_live(environ: Mapping[str, str], spelling: str = "") -> LiveRun:
    """The one that lives, or the one meant by (the beginning or end of) a name. Raises BadInput."""
    runs = live_runs(environ)
    if not runs:
        raise BadInput("No run is live on this machine, for this user.", "Start one: harness run SCENARIO")
    names = [run.folder.name for run in runs]
    meant = [run for run in runs if run.folder.name.startswith(spelling) or run.folder.name.endswith(spelling)]
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise BadInput(f"No live run is called `{spelling}`.", did_you_mean(spelling, names))
    raise BadInput(f"{len(meant)} runs are live.", f"Say which, with --run: {', '.join(names)}")


def mark_live(run: LiveRun, text: str, *, now_ns: Callable[[], int] = time.monotonic_ns) -> Mark:
    """Note `text` on its timeline, at this moment. Raises BadInput where it has none yet, or has ended."""
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_MARK:
        raise BadInput(f"A mark has 1 to {LONGEST_MARK} characters; this has {len(words)}.", "Write a short note.")
    record = RunReader.open(run.folder).record
    if record.zero_monotonic_ns is None:
        raise BadInput(f"{run.folder.name} has no timeline yet: its clock has not started.", "Wait for its load.")
    mark = Mark(t_ns=now_ns() - record.zero_monotonic_ns, text=words, by=owner())
    append_mark(run.folder, mark)
    return mark


def _place(environ: Mapping[str, str]) -> Path:
    return state_dir(environ) / LIVE
