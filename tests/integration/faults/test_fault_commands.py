"""`harness fault` and `harness guard` as people type them, on a real Toxiproxy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import typer.main

from harness.cli import entry  # noqa: F401  # every command registers itself
from harness.cli.app import app
from harness.errors import BadInput
from harness.faults import ToxiproxyClient, ls
from harness.guard import process_start

pytestmark = pytest.mark.integration
HARNESS = (sys.executable, "-m", "harness.cli")


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path, server: Any) -> Callable[..., subprocess.Popen[str]]:
    """A command on the server, with a cache of its own."""
    env = {**os.environ, "TOXIPROXY_URL": server.url}

    def run(*arguments: str, cache: str = "cache") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*HARNESS, *arguments],
            env={**env, "XDG_CACHE_HOME": str(tmp_path / cache)},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return run


def told_by(start: Callable[..., subprocess.Popen[str]], *arguments: str, **where: str) -> Any:
    """What a command says with `--json`, once it is done."""
    process = start(*arguments, "--json", **where)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)


def test_add_in_the_background_and_take_off(
    start: Callable[..., subprocess.Popen[str]], client: ToxiproxyClient
) -> None:
    """`add --detach` comes back with the fault in force, `ls` names its owner, `rm` ends it and its holder, `log` tells all."""

    run = partial(told_by, start)
    made = run("fault", "add", "http", "latency", "delay=50ms", "--for", "50s", "--detach")
    assert made["toxic"] in client.toxics("http")
    (row,) = run("fault", "ls")
    assert (row["toxic"], row["kind"]) == (made["toxic"], "latency")
    (healed,) = run("fault", "rm", made["fault"])["healed"]
    assert healed["found"]
    until(lambda: process_start(made["holder"]) is None)
    assert client.toxics("http") == {}
    told = run("fault", "log")
    assert [one["event"] for one in told[:3]] == ["asked", "in force", "removed"]
    assert all(one["who"] and one["host"] and one["pid"] and one["utc"] for one in told)


def test_ctrl_c_heals(start: Callable[..., subprocess.Popen[str]], client: ToxiproxyClient) -> None:
    """In the foreground the fault is held until Ctrl-C, which ends it before the command, with 130."""
    process = start("fault", "add", "redis", "down", "--for", "50s")
    until(lambda: not client.proxy("redis").enabled)
    assert process.stderr is not None
    process.stderr.readline()  # it says that the fault is in force
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert client.proxy("redis").enabled
    assert ls(client) == ()


def test_heal_ends_what_other_processes_hold(
    start: Callable[..., subprocess.Popen[str]], server: Any, client: ToxiproxyClient
) -> None:
    """Of two harnesses on one Toxiproxy, by names alone as from another machine: one's fault ends and no other, then all of ours; no stranger's.

    One of them holds its fault elsewhere as it believes, at its own risk: without `--no-guard` it is refused.
    """
    elsewhere = ("--toxiproxy", server.url.replace("127.0.0.1", "0.0.0.0"))  # the same server, by no loopback address
    client.add_toxic("http", "theirs", _wire())
    refused = start("fault", "add", "redis", "down", "--for", "50s", "--detach", *elsewhere)
    assert "harness guard --toxiproxy" in refused.communicate(timeout=60)[1]
    assert (refused.returncode, client.proxy("redis").enabled) == (3, True)
    run = partial(told_by, start)
    made = run("fault", "add", "http", "latency", "delay=50ms", "--for", "50s", "--detach")
    other = run("fault", "add", "redis", "down", "--for", "50s", "--detach", "--no-guard", *elsewhere)
    owned = {one.proxy: one.name.run for one in ls(client)}
    (healed,) = run("fault", "heal", "--run", owned["http"], cache="of another machine")["healed"]
    assert (healed["toxic"], healed["found"]) == (made["toxic"], True)
    assert set(client.toxics("http")) == {"theirs"}
    assert not client.proxy("redis").enabled
    until(lambda: process_start(made["holder"]) is None)
    (healed,) = run("fault", "heal", cache="of another machine")["healed"]
    assert (healed["toxic"], healed["found"]) == (other["toxic"], True)
    assert client.proxy("redis").enabled
    assert (ls(client), set(client.toxics("http"))) == ((), {"theirs"})
    until(lambda: process_start(other["holder"]) is None)


def test_heal_finishes_what_a_killed_command_and_its_guard_left(
    start: Callable[..., subprocess.Popen[str]], client: ToxiproxyClient
) -> None:
    """Nobody is left who knows of the fault but the journal; a process of its own reads that, and the proxy is enabled again."""
    process = start("fault", "add", "redis", "down", "--for", "50s")
    assert process.stderr is not None
    process.stderr.readline()  # it says that the fault is in force
    process.send_signal(signal.SIGSTOP)  # or it would start another guard
    for guard in psutil.Process(process.pid).children(recursive=True):
        guard.kill()
    process.kill()
    process.communicate()
    assert not client.proxy("redis").enabled
    (undone,) = told_by(start, "fault", "heal")["undone"]  # one promise: the proxy first, then the marker that names us
    assert undone.index('"enabled": true') < undone.index("/proxies/redis/toxics/")
    assert client.proxy("redis").enabled
    assert ls(client) == ()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("http", "latency", "delay=50ms"), "--for"),
        (("http", "latency", "delay", "--for", "1s"), "KEY=VALUE"),
        (("http", "latencie", "delay=50ms", "--for", "1s"), "latency"),
        (("htp", "down", "--for", "1s"), "Did you mean `http`"),
        (("http", "down", "--for", "1h"), "up to 60s"),
        (("http", "down", "--for", "10"), "--for: '10' is not a duration"),
        (("http", "kill", "--for", "1s"), "Put it into a scenario"),
        (("http", "down", "for=1s", "every=5s", "--for", "9s"), "by hand it stays as it is"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    server: Any,
    client: ToxiproxyClient,
    arguments: tuple[str, ...],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What to write instead, for exit code 3, and nothing was made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    command = typer.main.get_command(app)
    with pytest.raises(BadInput) as caught:
        command.main(["fault", "add", *arguments, "--toxiproxy", server.url], standalone_mode=False)
    assert says in str(caught.value)
    assert ls(client) == ()


def test_the_guard_command_ends_what_a_dead_run_left(
    start: Callable[..., subprocess.Popen[str]], client: ToxiproxyClient
) -> None:
    """The command beside the server says that it watches, ends an abandoned lease's faults, and leaves nothing of its own."""
    guard = start("guard", "--json")
    until(lambda: any(name.startswith("harness_guard_") for name in client.proxies()))
    client.create_proxy("harness_lease_o_r", listen="127.0.0.1:0", upstream="lease of 0.5 s, renewal 1", enabled=False)
    client.add_toxic("http", "harness_o_r_99999999999_slow", _wire())
    until(lambda: "harness_lease_o_r" not in client.proxies())
    assert client.toxics("http") == {}
    guard.send_signal(signal.SIGTERM)
    out, _ = guard.communicate(timeout=60)
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["watching", "ended", "lease removed"]
    assert not any(name.startswith("harness_guard_") for name in client.proxies())


def _wire() -> Any:
    from harness.faults import parse

    return parse("latency", {"delay": "50ms"}).wire()  # type: ignore[attr-defined]
