"""Off loopback, no Toxiproxy is touched that the target's `limits.hosts` does not name, nor one that nobody guards; whoever asks."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from harness.cli import entry  # noqa: F401  # every command registers itself
from harness.cli.app import app
from harness.errors import BadInput
from harness.experiment.hands_on import HandsOn
from harness.experiment.scenario_files import find_target
from harness.faults import Down, ToxiproxyClient
from tests.integration.faults.conftest import Server, Upstream

pytestmark = pytest.mark.integration

TARGETS = """\
targets:
  shop:
    url: http://{upstream}
    toxiproxy: {toxiproxy}
    edges: {{http: {{proxy: http, probe: http}}}}
    limits: {{hosts: {hosts}}}
"""
SCENARIO = """\
name: cut
target: shop
for: 1500ms
faults: [{name: gone, edge: http, down: {}, at: 200ms, for: 500ms}]
probes: {one: {command: echo 1, every: 200ms}}
expect: [one >= 1]
"""
Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A working folder with a target whose Toxiproxy is elsewhere; `hosts` are those that its limits name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TOXIPROXY_URL", raising=False)
    (tmp_path / "cut.yaml").write_text(SCENARIO)

    def put(toxiproxy: str, *hosts: str) -> None:
        text = TARGETS.format(upstream=upstream.address, toxiproxy=toxiproxy, hosts=list(hosts))
        (tmp_path / "harness.yaml").write_text(text)

    return put


@pytest.fixture
def nobody_asked() -> Iterator[str]:
    """An address that is not loopback, and reaches this machine all the same; fails where anything connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://0.0.0.0:{listener.getsockname()[1]}"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def typed(*arguments: str) -> None:
    """The command, in this process: its errors are raised."""
    typer.main.get_command(app).main(list(arguments), standalone_mode=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "cut.yaml", "--no-guard"),
        ("fault", "add", "http", "down", "--for", "1s", "--target", "shop", "--no-guard"),
        ("fault", "ls", "--target", "shop"),
        ("fault", "heal", "--target", "shop"),
        ("fault", "rm", "gone", "--target", "shop"),
    ],
    ids=lambda one: " ".join(one),
)
def test_a_host_that_is_not_named_is_never_touched(arguments: tuple[str, ...], write: Write, nobody_asked: str) -> None:
    """By a run and by hand: what to write, and nothing was sent; taking the risk of no guard names no host."""
    write(nobody_asked)
    with pytest.raises(BadInput) as caught:
        typed(*arguments)
    assert "Nothing was sent to 0.0.0.0: the target `shop` does not allow it." in str(caught.value)
    assert "limits: {hosts: [0.0.0.0]}" in caught.value.todo


def test_a_host_that_is_not_named_is_never_touched_by_a_test(write: Write, nobody_asked: str, tmp_path: Path) -> None:
    """In pytest, too: `faults.on` is refused."""
    write(nobody_asked)
    target = find_target("shop", os.environ)
    with (
        HandsOn.opened(target, folder=tmp_path, environ=os.environ) as bench,
        pytest.raises(BadInput, match="Nothing was sent to"),
        bench.on("http", Down()),
    ):
        pass


def test_a_run_elsewhere_needs_a_guard_or_the_risk(
    write: Write, server: Server, client: ToxiproxyClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """A named host whose Toxiproxy nobody watches is refused with what to run beside it; `--no-guard` hurts it, says so, and heals."""
    write(server.url.replace("127.0.0.1", "0.0.0.0"), "0.0.0.0")
    with pytest.raises(BadInput, match="harness guard --toxiproxy"):
        typed("run", "cut.yaml")
    assert client.toxics("http") == {}
    capsys.readouterr()
    assert _code(typed, "run", "cut.yaml", "--no-guard", "--json") == 0, capsys.readouterr()
    said: Any = capsys.readouterr()
    assert "nobody ends a fault there" in said.err
    assert '"in_force": true' in said.out
    assert client.proxy("http").enabled
    assert client.toxics("http") == {}


def _code(run: Callable[..., None], *arguments: str) -> int:
    try:
        run(*arguments)
    except typer.Exit as ended:
        return ended.exit_code
    except SystemExit as ended:
        return int(str(ended.code))
    return 0
