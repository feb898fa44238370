"""One process of a stack: ready, dead, replaced, paused."""

from __future__ import annotations

import http.server
import os
import signal
import sys
import threading
import time
from dataclasses import replace

import pytest

from harness.errors import EnvironmentFailed, Interrupted, ServiceDied
from harness.guard import Guard, process_start
from harness.stack import PortTaken, Service, ServiceSpec, Stack, StackSettings, free_ports
from harness.stack.postgres import Postgres
from harness.stack.readiness import HttpReady

pytestmark = pytest.mark.integration

SERVER = ("-m", "http.server", "--bind", "127.0.0.1")


@pytest.fixture
def guard(tmp_path):
    with Guard.start(tmp_path / "j.jsonl", name="test") as guard:
        yield guard


@pytest.fixture
def spec_of(tmp_path):
    """`spec_of(port, *arguments of Python)`."""

    def make(port, *arguments):
        return ServiceSpec(
            name="thing",
            argv=(sys.executable, *arguments),
            env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1"},
            port=port,
            ready=HttpReady(port, "/"),
            log=tmp_path / "thing.log",
            cwd=tmp_path,
        )

    return make


def test_a_service_becomes_ready_and_stops(guard, spec_of):
    """Started, asked until it answers, and gone after stop; being asked to stop is no death."""
    (port,) = free_ports(1)
    service = Service.start(spec_of(port, *SERVER, str(port)), guard)
    service.wait_ready(20)
    assert service.alive
    service.stop()
    assert process_start(service.pid) is None
    assert service.died() is None


def test_death_at_start_quotes_the_log(guard, spec_of):
    """The error says how it ended and its last words, and where the rest is."""
    (port,) = free_ports(1)
    service = Service.start(spec_of(port, "-c", "import sys; sys.exit('no colour is called blurple')"), guard)
    with pytest.raises(ServiceDied, match="thing ended with exit code 1") as caught:
        service.wait_ready(20)
    assert "no colour is called blurple" in str(caught.value)
    assert "thing.log" in str(caught.value)
    service.stop()


def test_a_program_that_is_not_there(guard, spec_of, tmp_path):
    """A wrong path is an error that quotes the shell, never a wait until the time is up."""
    (port,) = free_ports(1)
    spec = spec_of(port)
    service = Service.start(replace(spec, argv=("/nowhere/at/all",)), guard)
    with pytest.raises(ServiceDied, match="/nowhere/at/all"):
        service.wait_ready(20)
    service.stop()


def test_a_stranger_on_the_port_is_not_our_service(guard, spec_of):
    """Somebody else's server answers on the port we picked: that is a port taken, not a service ready."""
    stranger = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=stranger.serve_forever)
    thread.start()
    try:
        port = stranger.server_address[1]
        service = Service.start(spec_of(port, *SERVER, str(port)), guard)
        with pytest.raises(PortTaken):
            service.wait_ready(20)
        service.stop()
    finally:
        stranger.shutdown()
        thread.join()
        stranger.server_close()


def test_a_paused_service_answers_nothing_until_resumed(guard, spec_of):
    """SIGSTOP keeps it alive and silent; stopping it needs no resume first."""
    (port,) = free_ports(1)
    service = Service.start(spec_of(port, *SERVER, str(port)), guard)
    service.wait_ready(20)
    service.pause()
    assert service.spec.ready() is not None
    assert service.alive
    service.resume()
    service.wait_ready(20)
    service.pause()
    service.stop()
    assert process_start(service.pid) is None


def test_killed_and_restarted_on_the_same_port(guard, spec_of):
    """What a process fault does."""
    (port,) = free_ports(1)
    service = Service.start(spec_of(port, *SERVER, str(port)), guard)
    service.wait_ready(20)
    first = service.pid
    with pytest.raises(EnvironmentFailed, match="still runs"):
        service.restart()
    service.kill()
    service.restart()
    service.wait_ready(20)
    assert service.pid != first
    service.stop()


def test_not_ready_in_time_says_why(guard, spec_of):
    """A service that hangs is told from one that died."""
    (port,) = free_ports(1)
    service = Service.start(spec_of(port, "-c", "import signal; print('thinking'); signal.pause()"), guard)
    with pytest.raises(EnvironmentFailed, match=r"not ready within 1 s: does not listen on \d+ yet"):
        service.wait_ready(1)
    service.stop()


def test_no_child_runs_without_a_promise(spec_of, tmp_path):
    """When the guard and all that came in its place are gone, the program is never begun."""
    guard = Guard.start(tmp_path / "k.jsonl", name="test")
    killed: set[int] = set()
    while len(killed) < 4:
        if (pid := guard.pid) not in killed:
            os.kill(pid, 9)
            killed.add(pid)
        time.sleep(0.01)
    (port,) = free_ports(1)
    with pytest.raises(EnvironmentFailed, match="guard process"):
        Service.start(spec_of(port, "-c", f"open({str(tmp_path / 'began')!r}, 'w')"), guard)
    guard.close()
    assert not (tmp_path / "began").exists()


INITDB = """#!/bin/sh
trap '' INT
(trap '' INT; while :; do echo more >> growing; done) &
echo $$ $! > pids.new && mv pids.new pids
wait
"""


def test_an_interrupted_program_of_postgres_ends_with_its_children(guard, tmp_path):
    """initdb leaves its work to others, which would go on writing where everything is being removed."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/initdb").write_text(INITDB)
    (tmp_path / "bin/initdb").chmod(0o755)

    def interrupt_once_it_writes():
        while not (tmp_path / "pids").exists() or not (tmp_path / "growing").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGUSR1)

    def heed(*_):
        raise Interrupted("now")

    before = signal.signal(signal.SIGUSR1, heed)
    try:
        threading.Thread(target=interrupt_once_it_writes).start()
        with pytest.raises(Interrupted):
            Postgres(tmp_path, "18", None).run("initdb", env={"PATH": os.defpath}, cwd=tmp_path, guard=guard)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [process_start(int(pid)) for pid in (tmp_path / "pids").read_text().split()] == [None, None]


def test_a_folder_that_cannot_be_written(guard, tmp_path):
    """A stack that finds no room on the disk says where, as an error of ours."""
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentFailed, match="file/stack"):
        Stack.start(StackSettings(), guard, tmp_path / "file" / "stack", progress=print)
