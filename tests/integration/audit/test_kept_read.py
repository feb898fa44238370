"""The final read of one's own service: real commands under a guard, and a real server."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from harness.audit import Kept
from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.kept_read import read_kept
from harness.experiment.listener import Silent
from harness.experiment.opening import open_target
from harness.experiment.spawning import GuardedSpawn
from harness.guard import Guard
from harness.model import Effect, KeptRead, Load, OpenStage, Profile, Scenario, Target, TargetAudit
from tests.e2e.command import wait_for

pytestmark = pytest.mark.integration
KEPT = '{"effects": {"order": ["a", "b"]}}'
EFFECTS = (Effect(operation="*", kind="order"),)


@dataclass
class Admin:
    """Answers one after the other, the last one again and again; remembers who asked."""

    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, KEPT)])
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    def target(self, path: str = "/kept", rest: float = 2.0, timeout: float = 10.0) -> Target:
        read = KeptRead(url=f"http://127.0.0.1:{self.port}{path}", timeout=timeout)
        audit = TargetAudit(effects=EFFECTS, read=read, rest=rest)
        return Target(name="mine", url="http://127.0.0.1:1", headers={"Authorization": "Bearer t0k3n"}, audit=audit)


@pytest.fixture
def admin() -> Iterator[Admin]:
    about = Admin()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            about.asked.append(dict(self.headers))
            status, text = about.answers[min(len(about.asked), len(about.answers)) - 1]
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    about.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield about
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with Guard.start(tmp_path_factory.mktemp("guard") / "journal.jsonl", name="test") as guard:
        yield guard


@dataclass
class Clock:
    """Goes on only while somebody sleeps."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def read(target: Target, guard: Guard, most_bytes: int = 1_000_000) -> Kept:
    clock = Clock()
    return read_kept(target, "r1", GuardedSpawn(guard), clock=clock, sleep=clock.sleep, most_bytes=most_bytes)


def of_command(command: str, folder: Path, timeout: float = 20.0, rest: float = 0.1) -> Target:
    audit = TargetAudit(effects=EFFECTS, read=KeptRead(command=command, folder=str(folder), timeout=timeout), rest=rest)
    return Target(name="mine", url="http://127.0.0.1:7", audit=audit)


def python(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def test_a_url_is_asked_as_the_target_is(admin: Admin, guard: Guard) -> None:
    """With its credentials, once."""
    assert read(admin.target(), guard) == Kept(quiescent=True, effects={"order": ("a", "b")})
    assert [one["Authorization"] for one in admin.asked] == ["Bearer t0k3n"]


def test_it_is_asked_again_until_nothing_is_under_way(admin: Admin, guard: Guard) -> None:
    """Also while the service does not answer well yet: it may still be recovering."""
    busy = json.dumps({"quiescent": False, "effects": {"order": []}})
    admin.answers = [(200, busy), (503, "starting"), (200, busy), (200, KEPT)]
    assert read(admin.target(), guard).effects["order"] == ("a", "b")
    assert len(admin.asked) == 4


def test_after_the_time_for_rest_the_last_answer_counts(admin: Admin, guard: Guard) -> None:
    """It says itself that something is under way: unknown, to the checker."""
    admin.answers = [(200, json.dumps({"quiescent": False, "effects": {"order": ["a"]}}))]
    assert read(admin.target(rest=1.0), guard) == Kept(quiescent=False, effects={"order": ("a",)})
    assert len(admin.asked) == 3


@pytest.mark.parametrize(
    ("status", "text", "says", "times"),
    [
        (503, KEPT, "answered 503", 3),
        (404, KEPT, "answered 404", 1),
        (302, KEPT, "answered 302", 1),
        (200, "<html>", "is no JSON; it begins with '<html>'", 1),
        (200, "", "is no JSON", 1),
        (200, "[" * 100_000, "is no JSON", 1),
        (200, '{"effects": {"orders": []}}', "says nothing of `order`", 1),
        (200, json.dumps({"effects": {"order": ["x" * 2_000_000]}}), "more than 1 MB", 1),
    ],
)
def test_an_answer_that_says_nothing_is_told(
    admin: Admin, guard: Guard, status: int, text: str, says: str, times: int
) -> None:
    """An error page that holds a good document is none; who is redirected takes no credentials along."""
    admin.answers = [(status, text)]
    with pytest.raises(EnvironmentFailed, match=says.replace("(", r"\(")):
        read(admin.target(rest=1.0), guard)
    assert len(admin.asked) == times


def test_nobody_there_is_told(admin: Admin, guard: Guard) -> None:
    """With the URL."""
    admin.port = 9
    with pytest.raises(EnvironmentFailed, match=r"http://127\.0\.0\.1:9/kept got no answer: ConnectError"):
        read(admin.target(rest=0.1), guard)


def test_a_host_that_is_not_allowed_is_not_asked(admin: Admin, guard: Guard, tmp_path: Path) -> None:
    """Known before the load, as everything off loopback."""
    audit = TargetAudit(effects=EFFECTS, read=KeptRead(url="http://kept.example/"))
    target = Target(name="mine", url=f"http://127.0.0.1:{admin.port}", audit=audit)
    load = Load(locustfile=Path(), profile=Profile((OpenStage(name="x", rate=1, duration=1),)))
    scenario = Scenario(name="s", target=target, load=load, audit=("effects-once",))
    with (
        pytest.raises(BadInput, match=r"Nothing was sent to kept.example"),
        open_target(scenario, guard=guard, folder=tmp_path, listener=Silent(), environ={}),
    ):
        pass


@pytest.mark.parametrize(
    ("spelling", "names"), [("place", ["place"]), ("POST /orders", ["place"]), ("tag:shop", ["place", "POST /refunds"])]
)
def test_effects_are_named_as_the_description_does(
    admin: Admin, guard: Guard, tmp_path: Path, spelling: str, names: list[str]
) -> None:
    """A spelling that means no operation would audit nothing: it is told before the load."""
    posts = {"/orders": {"operationId": "place"}, "/refunds": {}}
    paths = {path: {"post": {**about, "tags": ["shop"], "responses": {}}} for path, about in posts.items()}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    (tmp_path / "openapi.json").write_text(json.dumps(document))

    def opened(spelling: str) -> list[str]:
        audit = TargetAudit(effects=(Effect(operation=spelling, kind="order"),), read=KeptRead(command="true"))
        description, url = str(tmp_path / "openapi.json"), f"http://127.0.0.1:{admin.port}"
        target = Target(name="mine", url=url, description=description, audit=audit)
        scenario = Scenario(name="s", target=target, load=None, audit=("effects-once",))
        with open_target(scenario, guard=guard, folder=tmp_path, listener=Silent(), environ={}) as one:
            return [effect.operation for effect in one.effects]

    assert opened(spelling) == names
    with pytest.raises(BadInput, match=r"`audit\.effects` of the target: No operation is called `plaice`"):
        opened("plaice")


def test_a_command_prints_what_is_kept(guard: Guard, tmp_path: Path) -> None:
    """In its folder; it is told the run and the target. What it says on stderr is not taken for an answer."""
    code = (
        "import json, os, sys; print('hello', file=sys.stderr); "
        "print(json.dumps({'effects': {'order': [os.getcwd(), os.environ['HARNESS_RUN'], os.environ['HARNESS_TARGET_URL']]}}))"
    )
    kept = read(of_command(python(code), tmp_path), guard)
    assert kept.effects["order"] == (str(tmp_path), "r1", "http://127.0.0.1:7")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (python("import sys; print('{}'); sys.exit('no database')"), "ended with 1: no database"),
        (python("print('two orders')"), "is no JSON; it begins with 'two orders'"),
        (python("pass"), "is no JSON"),
        ("./no-such-program", "could not be run: No such file"),
        (python("print('x' * 3_000_000)"), "printed more than 1 MB"),
    ],
)
def test_a_command_that_says_nothing_is_told(guard: Guard, tmp_path: Path, command: str, says: str) -> None:
    """Why, in its own words where it has any."""
    with pytest.raises(EnvironmentFailed, match=says):
        read(of_command(command, tmp_path), guard)


@pytest.mark.parametrize("leader_ends", [True, False])
def test_a_command_that_hangs_ends_with_all_it_started(guard: Guard, tmp_path: Path, leader_ends: bool) -> None:
    """Its own group: also a child that holds its output when it has ended itself."""
    script = tmp_path / "hang.sh"
    script.write_text(f"#!/bin/sh\nsleep 600 &\necho $! >child\n{'exit 0' if leader_ends else 'wait'}\n")
    script.chmod(0o755)
    with pytest.raises(EnvironmentFailed, match=r"did not end within 0\.5 s"):
        read(of_command("./hang.sh", tmp_path, timeout=0.5), guard)
    child = int((tmp_path / "child").read_text())
    assert wait_for(lambda: not _lives(child), 10)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
