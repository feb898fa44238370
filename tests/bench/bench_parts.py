"""What the benchmarks of the load generator share: servers beside it, its processes, locustfiles."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from harness.load import ENTRY, PREPARED, LoadPlan, Workers  # noqa: E402
from harness.model import Profile  # noqa: E402
from harness.model.call import Call, Variant  # noqa: E402

PINNED = """
import os, runpy
cores = %r
os.sched_setaffinity(0, {cores[int(os.environ["HARNESS_WORKER"]) %% len(cores)]})
runpy.run_module("harness.load.child", run_name="__main__")
"""
BASES = {
    "FastHttpUser": "from locust import FastHttpUser as Base",
    "HttpUser": "from locust import HttpUser as Base",
    "FastUser": "from harness.load.fast import FastUser as Base",
}
ORDINARY = """
from locust import constant_throughput, task
%s
class Mine(Base):
    %s
    @task
    def look(self):
        self.client.get("/v1/items/1")
"""

LOOK = Call(name="look", method="GET", variants=(Variant(path="/v1/items/1"),))
"""What `requests: [GET /v1/items/1]` of a scenario becomes."""


@contextlib.contextmanager
def server(script: str, *more: str) -> Iterator[tuple[str, int]]:
    """One of the servers next to this file until the block ends; its URL and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(HERE / script), str(port), *more], start_new_session=True)
    try:
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"{script} did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def generators(
    source: str | Call,
    url: str,
    folder: Path,
    profile: Profile,
    *,
    cores: Sequence[int] = (),
    workers: int = 1,
    entry: tuple[str, ...] = ENTRY,
    **more: Any,
) -> Iterator[Workers]:
    """Load processes of ours, under way, that share one plan, of a locustfile's source or of one call; each on one of `cores` if there are any.

    `more` goes into the plan.
    """
    if isinstance(source, Call):
        plan = LoadPlan(locustfile=PREPARED, calls=(source,), host=url, profile=profile, run="bench", **more)
    else:
        path = folder / "ours.py"
        path.write_text(source)
        plan = LoadPlan(locustfile=path, host=url, profile=profile, run="bench", **more)
    argv = (sys.executable, "-c", PINNED % (tuple(cores),)) if cores else entry
    env = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    with Workers.start(plan, workers, env=env, logs=folder, argv=argv) as made:
        made.ready(60)
        made.go(time.monotonic_ns() + 1_000_000_000)  # as a run does: nobody is surprised by the first arrival
        yield made


def cpu_name() -> str:
    """As the kernel calls it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)  # noqa: T201
