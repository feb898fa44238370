"""The child's side of `child`: one JSON object on stdin, JSON lines on stdout, and an end when the parent ends."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Emit = Callable[[dict[str, Any]], None]


def receive() -> tuple[dict[str, Any], Emit]:
    """The spec, and the way to tell. What else prints to stdout goes to stderr, that is, to the log.

    The parent keeps our stdin open as long as it lives; at end of file we leave at once, and take our folder along.
    """
    private = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        raise SystemExit("The parent left before it said what to do.")
    spec: dict[str, Any] = json.loads(line)
    lock = threading.Lock()

    def emit(row: dict[str, Any]) -> None:
        with lock:
            try:
                private.write(json.dumps(row, default=str) + "\n")
                private.flush()
            except OSError:  # nobody reads any more
                _leave(spec)

    threading.Thread(target=_hold, args=(spec,), name="leash", daemon=True).start()
    return spec, emit


def _hold(spec: dict[str, Any]) -> None:
    while os.read(sys.stdin.fileno(), 1024):  # not the buffered reader: its lock, held at exit, is a fatal error
        pass
    _leave(spec)


def _leave(spec: dict[str, Any]) -> None:
    folder = spec.get("folder")
    if folder:
        shutil.rmtree(Path(folder), ignore_errors=True)
    os._exit(1)  # the engine's threads would not hear of anything gentler
