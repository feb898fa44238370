"""Which user classes a locustfile has, asked of a process of its own: to know them its top level must run, and Locust patches the process."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from harness.errors import BadInput
from harness.experiment.spawning import GuardedSpawn
from harness.model import Load

_PATIENCE_S = 60.0
_MOST_BYTES = 1 << 20
_Key = tuple[Path, Path | None, float]


class UserClasses:
    """Asked again when a file beside the locustfile has changed."""

    def __init__(self, spawn: GuardedSpawn) -> None:
        self._spawn = spawn
        self._lock = threading.Lock()
        self._known: dict[_Key, tuple[str, ...]] = {}

    def of(self, load: Load) -> tuple[str, ...]:
        """In the file's order; none where a load has no locustfile. Raises BadInput for one that cannot be used, with its own traceback."""
        if load.prepared is not None:
            return ()
        data = load.data.path if load.data else None
        key = (load.locustfile, data, _newest(load.locustfile.parent))
        with self._lock:
            if key not in self._known:
                self._known = {one: classes for one, classes in self._known.items() if one[:2] != key[:2]}
                self._known[key] = self._ask(load.locustfile, data)
            return self._known[key]

    def _ask(self, locustfile: Path, data: Path | None) -> tuple[str, ...]:
        argv = [sys.executable, "-m", "harness.load.survey", str(locustfile), *([str(data)] if data else [])]
        done = self._spawn.all_of_it(argv, cwd=None, env=os.environ, timeout_s=_PATIENCE_S, most_bytes=_MOST_BYTES)
        if done.code != 0:
            how = f"ended with {done.code}" if done.code is not None else f"did not end within {_PATIENCE_S:g} s"
            last = done.err.decode(errors="replace").strip().splitlines()[-1:]
            raise BadInput(f"Who read the locustfile {locustfile} {how}. {''.join(last)}".strip())
        said = json.loads(done.out)
        if "failed" in said:
            raise BadInput(said["failed"], "Correct the locustfile.")
        return tuple(said["classes"])


def _newest(folder: Path) -> float:
    """When a module of that folder was last changed."""
    return max((one.stat().st_mtime for one in folder.glob("*.py") if one.is_file()), default=0.0)
