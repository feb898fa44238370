"""Where the Toxiproxy server is: given, on PATH, in the user's cache, or built once."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed
from harness.guard import cache_dir
from harness.stack.toxiproxy.build import TOXIPROXY_VERSION, WAYS, build_toxiproxy, find_go, only_builder

__all__ = ["find_toxiproxy"]


def find_toxiproxy(environ: Mapping[str, str], *, build: bool = True, progress: Callable[[str], None]) -> Path:
    """`$HARNESS_TOXIPROXY`, `toxiproxy-server` on PATH, the cache, or (with `build`) a build into the cache.

    Raises BadInput when HARNESS_TOXIPROXY names no program, EnvironmentFailed when there is no way, or the build fails.
    """
    if given := environ.get("HARNESS_TOXIPROXY"):
        if not os.access(given, os.X_OK) or Path(given).is_dir():
            raise BadInput(
                f"HARNESS_TOXIPROXY names {given}, which is no program.", "Name a toxiproxy-server, or unset it."
            )
        return Path(given).absolute()
    if found := shutil.which("toxiproxy-server", path=environ.get("PATH", os.defpath)):
        return Path(found).absolute()
    home = cache_dir(environ) / "toxiproxy" / TOXIPROXY_VERSION / f"{sys.platform}-{platform.machine()}"
    cached = home / "toxiproxy-server"
    if cached.exists():
        return cached
    go = find_go(environ) if build else None
    if go is None:
        raise EnvironmentFailed("No Toxiproxy server was found, and none can be built here.", WAYS)
    with only_builder(home):
        if not cached.exists():  # another process may have built it while we waited
            progress(f"building Toxiproxy {TOXIPROXY_VERSION} once, with {go} (about 40 s)")
            build_toxiproxy(go, cached, environ)
    return cached
