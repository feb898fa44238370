"""The ends of the load processes' logs, for Locust's tab of logs."""

from __future__ import annotations

from pathlib import Path

__all__ = ["worker_logs"]

_LINES = 200
_BYTES = 64 * 1024


def worker_logs(runs: Path, run: str) -> dict[str, list[str]]:
    """By load process; empty where there is no such run. A log that cannot be read says so."""
    folder = runs / run
    if not run or "/" in run or run.startswith(".") or not folder.is_dir():
        return {}
    return {path.stem: _end_of(path) for path in sorted(folder.glob("load*.log"))}


def _end_of(path: Path) -> list[str]:
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _BYTES))
            return log.read().decode(errors="replace").splitlines()[-_LINES:]
    except OSError as error:
        return [f"{path.name} cannot be read: {error.strerror}"]
