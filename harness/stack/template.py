"""A Postgres data folder made once and copied for every stack: migrated and seeded, so that a start is a copy."""

from __future__ import annotations

import fcntl
import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import EnvironmentFailed
from harness.guard import Guard
from harness.stack.ports import free_ports
from harness.stack.postgres import DATABASE, Postgres, postgres_spec, postgres_url
from harness.stack.service import Service
from harness.stack.system_user import give_to

__all__ = ["Template", "TemplateMaker"]

_KEEP = 2  # templates of other versions, for switching between branches
_READY_S = 60.0
# Each database is a quarter of what every start has to copy, and the service needs one.
_ONE_DATABASE = f"""\
ALTER DATABASE postgres RENAME TO {DATABASE}
UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'
DROP DATABASE template0
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Template:
    """`data` in the user's cache, and the password that opens it."""

    data: Path
    password: str

    def copy_to(self, target: Path, postgres: Postgres) -> None:
        """A data folder that `postgres` can run on."""
        shutil.copytree(self.data, target)
        target.chmod(0o700)
        give_to(postgres.user, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMaker:
    """`source` is the package whose code decides what is in the database; `migrate` fills the one at a URL.

    `work` is a folder that Postgres can reach; `cache` keeps the templates.
    """

    postgres: Postgres
    source: Path
    migrate: Callable[[str], None]
    cache: Path
    work: Path
    env: Mapping[str, str]
    guard: Guard

    def ensure(self, progress: Callable[[str], None]) -> Template:
        """From the cache, or made now (3 s). Raises EnvironmentFailed."""
        key = f"{self.postgres.version}-{_digest(self.source, Path(__file__))}"
        home = self.cache / key
        with _lock(self.cache):
            if not home.exists():
                progress("making the database template (once)")
                self._make(home)
                _forget_old(self.cache, home)
            home.touch()
        return Template(home / "data", (home / "password").read_text())

    def _make(self, home: Path) -> None:
        """Aside and renamed, so that the cache never holds half a template."""
        password = secrets.token_hex(16)
        data = self.work / "template"
        data.mkdir(mode=0o700)
        give_to(self.postgres.user, data)
        self._initialise(data, password)
        self._fill(data, password)
        with tempfile.TemporaryDirectory(prefix="making-", dir=self.cache) as folder:
            made = Path(folder) / "made"
            shutil.copytree(data, made / "data")
            (made / "password").touch(mode=0o600)
            (made / "password").write_text(password)
            made.rename(home)
        shutil.rmtree(data)

    def _initialise(self, data: Path, password: str) -> None:
        secret = self.work / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        if self.postgres.user:
            give_to(self.postgres.user, self.work)
        # A random password has no need of a slow hash, and every new connection would pay for it. Small log segments make
        # a small template. Without trust: another user of this machine must not become us through COPY ... TO PROGRAM.
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "-c", "scram_iterations=1", "--wal-segsize=2"]
        options += ["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        run = partial(self.postgres.run, env=self.env, cwd=data, guard=self.guard)
        run("initdb", "-D", str(data), *options)
        secret.unlink()
        run("postgres", "--single", "-D", str(data), "template1", stdin=_ONE_DATABASE)

    def _fill(self, data: Path, password: str) -> None:
        (port,) = free_ports(1)
        spec = postgres_spec(self.postgres, port=port, data=data, log=self.work / "template.log", env=self.env)
        server = Service.start(spec, self.guard)
        try:
            server.wait_ready(_READY_S)
            self.migrate(postgres_url(port, password))
        finally:
            server.stop(within_s=20.0)


def _digest(source: Path, recipe: Path) -> str:
    """Of all code of the package and of this file: any change makes a new template, so that none is ever stale."""
    digest = hashlib.sha256(recipe.read_bytes())
    for path in sorted(source.rglob("*.py")) + sorted(source.rglob("*.sql")):
        digest.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _forget_old(cache: Path, kept: Path) -> None:
    others = [path for path in cache.iterdir() if path.is_dir() and path != kept and not path.name.startswith(".")]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[_KEEP:]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One maker at a time. The kernel ends the lock with its holder."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = (folder / ".lock").open("w")
    except OSError as error:
        raise EnvironmentFailed(
            f"{folder} cannot be written: {error.strerror}.", "Point XDG_CACHE_HOME at a folder that can be."
        ) from error
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
