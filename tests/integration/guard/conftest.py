"""A real Toxiproxy, and a parent process that promises undos and can be killed in any way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from harness.stack import find_toxiproxy, free_ports

PARENT = """
import json, os, signal, subprocess, sys
from pathlib import Path
from harness.guard import *
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have it ignored
guard = Guard.start(Path(sys.argv[1]), name="test")
told = {"guard": guard.pid, "parent": os.getpid()}
exec(sys.argv[2])
print(json.dumps(told), flush=True)
sys.stdin.read()
"""


def ask_until(true: Callable[[], object], within_s: float = 20.0) -> None:
    """Ask until it is so."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


@pytest.fixture
def until() -> Callable[..., None]:
    """See `ask_until`."""
    return ask_until


class Api:
    """A few words of Toxiproxy's API, with one proxy `p` to nowhere."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, headers={"User-Agent": "api-harness-tests"}, trust_env=False)

    def make(self, name: str) -> None:
        (port,) = free_ports(1)
        body = {"name": name, "listen": f"127.0.0.1:{port}", "upstream": "127.0.0.1:9"}
        self.http.post("/proxies", json=body).raise_for_status()

    def add_toxic(self, proxy: str, name: str) -> None:
        body = {"name": name, "type": "latency", "attributes": {"latency": 100}}
        self.http.post(f"/proxies/{proxy}/toxics", json=body).raise_for_status()

    def disable(self, proxy: str) -> None:
        self.http.patch(f"/proxies/{proxy}", json={"enabled": False}).raise_for_status()

    def toxics(self, proxy: str) -> list[str]:
        return [toxic["name"] for toxic in self.http.get(f"/proxies/{proxy}/toxics").json()]

    def proxies(self) -> dict[str, bool]:
        return {name: proxy["enabled"] for name, proxy in self.http.get("/proxies").json().items()}

    def answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return self.http.get("/proxies").is_success
        return False


@pytest.fixture
def toxiproxy() -> Iterator[Api]:
    (port,) = free_ports(1)
    program = find_toxiproxy(os.environ, progress=print)
    server = subprocess.Popen(
        [program, "-host", "127.0.0.1", "-port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    api = Api(port)
    try:
        ask_until(api.answers)
        api.make("p")
        yield api
    finally:
        api.http.close()
        server.kill()
        server.wait()


@pytest.fixture
def start_parent(tmp_path):
    """`start_parent(code)` runs `code` in a process that has a `guard`; returns it with what it told as JSON."""
    started = []

    def start(code: str):
        process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path / "state" / "j.jsonl"), code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        return process, json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
