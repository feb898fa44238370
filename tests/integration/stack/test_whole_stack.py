"""The whole bundled target on real servers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import httpx
import pytest
import redis

from harness.guard import Guard, process_start
from harness.stack import Ports, Stack, StackSettings, free_ports

# One worker runs them all: they share a stack that takes seconds to start.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.xdist_group("whole-stack")]

PARENT = """
import json, os, sys
from pathlib import Path
from harness.guard import Guard
from harness.stack import Stack, StackSettings
folder = Path(sys.argv[1])
guard = Guard.start(folder / "j.jsonl", name="test")
stack = Stack.start(StackSettings(), guard, folder, progress=lambda line: None)
promised = (folder / "j.jsonl").read_text()
print(json.dumps({"guard": guard.pid, "pids": [s.pid for s in stack.services.values()], "journal": promised}), flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def guard(tmp_path_factory):
    with Guard.start(tmp_path_factory.mktemp("guard") / "j.jsonl", name="test") as guard:
        yield guard


@pytest.fixture(scope="module")
def stack(guard, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    with Stack.start(StackSettings(orders_processes=2), guard, folder, progress=print) as stack:
        yield stack


def get(url):
    return httpx.get(url, timeout=5, trust_env=False)


def test_up_and_well(stack):
    """Every edge is there, the service answers through its front edge, nobody died."""
    assert set(stack.edges) == {"front", "postgres", "valkey", "payments"}
    assert {"orders-1", "orders-2", "relay", "payments", "postgres", "valkey", "toxiproxy"} == set(stack.services)
    assert get(f"{stack.url}/health/ready").status_code == 200
    assert get(f"{stack.direct_url}/health/live").status_code == 200
    assert stack.watch() is None


def test_all_listen_on_loopback_only(stack):
    """No process of the stack can be reached from another machine."""
    import psutil

    for service in stack.services.values():
        sockets = psutil.Process(service.pid).net_connections("inet")
        listening = {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}, service.name


def test_the_record_holds_versions_and_no_secret(stack):
    """What goes into a run folder is JSON and names every component's version."""
    text = json.dumps(stack.describe())
    assert {"postgres", "valkey", "toxiproxy", "python"} <= set(stack.describe()["versions"])
    assert stack.environment["HARNESS_JWT_SECRET"] not in text


def test_the_edges_carry_the_service(stack):
    """Taking the edge to Postgres down makes the service not ready; so its traffic does go through Toxiproxy."""
    proxy = f"{stack.toxiproxy_url}/proxies/postgres"
    headers = {"User-Agent": "api-harness-tests"}
    try:
        httpx.patch(proxy, json={"enabled": False}, headers=headers, trust_env=False).raise_for_status()
        assert get(f"{stack.url}/health/ready").status_code == 503
    finally:
        httpx.patch(proxy, json={"enabled": True}, headers=headers, trust_env=False).raise_for_status()


def test_strangers_may_only_ping_valkey(stack):
    """Another user of this machine can't write files as us through the cache."""
    port = stack.services["valkey"].spec.port
    stranger = redis.Redis(port=port)
    assert stranger.ping()
    with pytest.raises(redis.exceptions.NoPermissionError):
        stranger.config_set("dir", "/tmp")
    assert redis.Redis.from_url(stack.environment["HARNESS_CACHE_URL"]).set("x", "1")


def test_postgres_wants_its_password(stack):
    """Nor can they run programs as us through the database."""
    port = stack.services["postgres"].spec.port

    async def stranger():
        await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", password="guess", database="orders")

    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(stranger())


def test_kill_9_of_postgres_loses_nothing(stack):
    """What was committed is there after SIGKILL and a restart on the same port."""
    url = stack.environment["HARNESS_DATABASE_URL"]

    async def run(statement):
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    asyncio.run(run("CREATE TABLE survivor AS SELECT 42 AS answer"))
    postgres = stack.services["postgres"]
    postgres.kill()
    postgres.restart()
    postgres.wait_ready(30)
    assert asyncio.run(run("SELECT answer FROM survivor")) == 42


def test_a_death_is_seen_and_quoted(stack):
    """A process that ends by itself is named with its log; restarted, all is well again."""
    relay = stack.services["relay"]
    os.kill(relay.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while (died := stack.watch()) is None:
        assert time.monotonic() < deadline
    assert "relay was killed by SIGKILL" in str(died)
    relay.restart()
    relay.wait_ready(60)
    assert stack.watch() is None


def test_a_second_stack_beside_it_though_a_port_is_held(stack, guard, tmp_path):
    """A port that somebody took in the last moment costs another try; both stacks run, then the second leaves only logs."""
    said = []
    with socket.create_server(("127.0.0.1", 0)) as holder:
        offers = iter([(*free_ports(len(Ports.__slots__) - 1), holder.getsockname()[1])])

        def pick(count):
            return next(offers, None) or free_ports(count)

        second = Stack.start(StackSettings(), guard, tmp_path, progress=said.append, pick_ports=pick)
    with second:
        assert any("Trying other ports" in line for line in said)
        assert get(f"{second.url}/health/ready").status_code == 200
        assert get(f"{stack.url}/health/ready").status_code == 200
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
    assert all(process_start(service.pid) is None for service in second.services.values())
    assert get(f"{stack.url}/health/ready").status_code == 200


def test_kill_9_of_the_parent_ends_it_all(tmp_path):
    """No process and no folder of data outlives a parent that was killed; the logs stay."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        told = json.loads(parent.stdout.readline())
        assert all(process_start(pid) for pid in told["pids"])
    finally:
        parent.kill()
        parent.communicate()
    deadline = time.monotonic() + 30
    while any(process_start(pid) for pid in [*told["pids"], told["guard"]]):
        assert time.monotonic() < deadline, "something outlived its parent"
        time.sleep(0.05)
    folders = [json.loads(line)["undo"]["path"] for line in told["journal"].splitlines() if "remove-folder" in line]
    assert len(folders) == 2
    assert not any(Path(folder).exists() for folder in folders)
