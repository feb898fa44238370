"""A load process for a run on another host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness import __version__
from harness.experiment.listener import Listener
from harness.experiment.load_stage import ENTRY
from harness.experiment.spawning import GuardedSpawn
from harness.experiment.workshop import guarded
from harness.load.remote import TOKEN_VARIABLE, serve_runs

PATIENCE_S = 120.0  # for the run to listen


def serve_worker(
    host: str, port: int, *, locustfile: Path | None, environ: Mapping[str, str], listener: Listener
) -> None:
    """Join the run at `host:port` and serve it to its end; the load process ends with us, whatever ends us.

    Raises EnvironmentFailed where no run listens or it goes away before its end, BadInput where it refuses.
    """
    with guarded("worker", environ) as guard:
        serve_runs(
            host,
            port,
            token=environ.get(TOKEN_VARIABLE, ""),
            version=__version__,
            argv=ENTRY,
            patience_s=PATIENCE_S,
            locustfile=locustfile.resolve() if locustfile else None,
            spawn=GuardedSpawn(guard).for_load,
            say=listener.event,
        )
