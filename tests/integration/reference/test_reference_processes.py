"""The service's processes: how they start, share a port and end; and what plain Schemathesis says of the API."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from harness.model.places import cache_dir
from harness.reference.adapters import metadata
from harness.reference.adapters.database import engine_url
from harness.reference.migrate import migrate
from harness.reference.tokens import mint
from harness.stack import free_ports
from tests.integration.reference.conftest import Shop, place, until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("reference-stack")]


def start(module: str, port: int, env: dict[str, str]) -> subprocess.Popen[str]:
    """One of the service's processes."""
    command = [sys.executable, "-m", f"harness.reference.{module}", "--port", str(port)]
    return subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def answers(port: int) -> bool:
    """Whether the process is live."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def test_sigterm_ends_a_process_with_an_open_connection(shop: Shop) -> None:
    """Also while a client keeps its connection and sends nothing."""
    (port,) = free_ports(1)
    process = start("orders", port, dict(shop.stack.environment))
    try:
        until(lambda: answers(port))
        with socket.create_connection(("127.0.0.1", port)) as idle, httpx.Client() as kept:
            kept.get(f"http://127.0.0.1:{port}/health/live")
            idle.sendall(b"GET /health/live HTTP/1.1\r\n")
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    finally:
        process.kill()
        process.communicate()


def test_several_processes_share_a_port(shop: Shop) -> None:
    """A second process on the same port starts, and both serve."""
    (port,) = free_ports(1)
    processes = [start("orders", port, dict(shop.stack.environment)) for _ in range(2)]
    try:
        until(lambda: answers(port))
        processes[0].terminate()
        processes[0].wait(timeout=30)
        until(lambda: answers(port))
        assert processes[1].poll() is None
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_a_missing_setting_is_named(shop: Shop) -> None:
    """Exit 3, and the variable on stderr."""
    env = {**shop.stack.environment, "HARNESS_DATABASE_URL": ""}
    process = start("orders", free_ports(1)[0], env)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "HARNESS_DATABASE_URL" in stderr


def test_the_migrations_make_the_tables_that_the_code_uses(shop: Shop) -> None:
    """Alembic finds nothing to add, and migrating again changes nothing."""
    url = shop.stack.environment["HARNESS_DATABASE_URL"]

    async def differences() -> list[Any]:
        await migrate(url)
        engine = create_async_engine(engine_url(url))
        async with engine.connect() as connection:
            found = await connection.run_sync(_differences)
        await engine.dispose()
        return found

    assert asyncio.run(differences()) == []


def test_a_killed_relay_forgets_no_order(shop: Shop) -> None:
    """Killed in the middle of charging, a second one takes over what the first had claimed, and charges nobody twice."""
    environment = dict(shop.stack.environment)
    with shop.client("killer") as client:
        relay = start("relay", free_ports(1)[0], environment)
        orders = [place(client).json()["id"] for _ in range(30)]
        relay.kill()
        relay.communicate()
    state = shop.read()
    charged = [charge["order"] for charge in state["charges"] if charge["order"] in orders]
    assert sorted(charged) == sorted(orders)


@pytest.mark.timeout(240)
def test_schemathesis_finds_nothing(shop: Shop, tmp_path: Path) -> None:
    """All phases and checks of the plain command, with its files in a temporary folder, but for Hypothesis's table of characters, which takes it
    seconds to make. (`harness check` sends more, in `test_reference_contract` and as the README has it.)"""
    token = mint(shop.stack.environment["HARNESS_JWT_SECRET"], "fuzzer", ["customer", "operator"], 3600)
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "fresh_keys",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache_dir(os.environ) / "hypothesis"),
        "PYTHONPATH": str(Path(__file__).parent),
    }
    command = [
        str(Path(sys.executable).parent / "st"),
        "run",
        f"{shop.stack.direct_url}/openapi.json",
        "-H",
        f"Authorization: Bearer {token}",
        "--seed",
        "1",
        "--max-examples",
        "5",
        "--continue-on-failure",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "No issues found" in done.stdout


def _differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))
