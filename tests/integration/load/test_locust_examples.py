"""Locust's own examples, as they were published, under our engine: all at once, each in a load process of its own, against one server.

What is written out for them differs in two ways: hosts on the internet are the server, and sleeps are short.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.errors import ServiceDied
from harness.load import Generator, LoadPlan
from harness.load.generator import SEND_S
from harness.load.link import Link
from harness.model import ClosedStage, OpenStage, Profile
from tests.integration.load.conftest import Result
from tests.integration.load.examples_server import examples_server

pytestmark = pytest.mark.integration
EXAMPLES = Path(__file__).parents[2] / "documents" / "locust-examples"
OPEN = Profile((OpenStage(name="load", rate=10, duration=0.5),))
CLOSED = Profile((ClosedStage(name="load", users=2, duration=0.5),))
ENDLESS = Profile((ClosedStage(name="load", users=2, duration=60),))
DUE = 5  # arrivals of the open profile
PATIENCE_S = 40.0  # nearly fifty processes begin at once, maybe beside others
ENDS_IT = "stop_on_threshold.py"  # ends the test by itself once a fifth of its requests have failed, which may be before the profile's end

HOSTS = re.compile(
    r"https?://(postman-echo\.com|example\.com|www\.locust\.io|google\.com|microsoft\.com|facebook\.com)"
)
SLEEPS = re.compile(r"sleep\((\d+|random\.\w+\([\d, ]*\))\)")
ROOT, STATS, MISSING = ("/", "ok"), ("/stats/requests", "ok"), ("/does_not_exist", "4xx")
SEEN: dict[str, set[tuple[str, str]]] = {
    "add_command_line_argument.py": set(),
    "basic.py": {ROOT, STATS, MISSING},
    "bottlenecked_server.py": {("/slow", "ok")},
    "csrf_form_authentication.py": {("/sign-in", "ok")},
    "custom_messages.py": set(),
    "custom_shape/double_wave.py": {ROOT},
    "custom_shape/stages.py": {ROOT},
    "custom_shape/staging_user_classes.py": {ROOT},
    "custom_shape/step_load.py": {ROOT},
    "custom_shape/wait_user_count.py": {ROOT},
    "custom_wait_function.py": {ROOT, STATS, MISSING},
    "custom_xmlrpc_client/xmlrpc_locustfile.py": {("get_time", "ok"), ("get_random_number", "ok")},
    "debugging.py": {("/hello", "ok")},
    "debugging_advanced.py": {("/hello1", "ok"), ("/hello2", "ok")},
    "dispatch_test_scripts/locustfile.py": {("UserA", "ok"), ("UserB", "ok"), ("UserC", "ok")},
    "dynamic_user_credentials.py": {("/login", "ok"), ("/protected/resource", "ok")},
    "events.py": {ROOT, STATS},
    "extend_web_ui.py": {ROOT, STATS},
    "fast_http_locust.py": {ROOT, STATS},
    "locustfile.py": {("/hello", "ok"), ("/world", "ok"), ("/item", "ok")},
    "manual_stats_reporting.py": {
        ("successful_task", "ok"),
        ("decorator_test", "ok"),
        ("decorator_test", "failed"),
        ("failing_task", "failed"),
    },
    "markov_taskset.py": set(),
    "multiple_hosts.py": {ROOT, STATS},
    "nested_inline_tasksets.py": {ROOT, STATS},
    "open_closed_workload.py": set(),
    "response_validations.py": {("/authenticate", "ok"), ("/checkout/confirm", "ok")},
    "rest.py": {("/get", "ok"), ("/post", "ok"), ("/post", "failed"), ("/", "failed")},
    "semaphore_wait.py": {ROOT},
    "stop_on_threshold.py": {ROOT, ("/error", "4xx")},
    "terraform/aws/plan/basic.py": {("google", "ok"), ("microsoft", "ok"), ("facebook", "ok")},
    "test_pytest.py": {ROOT},
    "testdata_from_csv.py": {("/authenticate", "ok")},
    "testdata_management.py": {("/get", "ok"), ("/post", "ok")},
    "web_ui_auth/basic.py": {ROOT},
    "web_ui_auth/custom_form.py": {ROOT},
    "web_ui_cache_stats.py": {ROOT, ("/response-headers", "ok")},
    "x-forwarded-for.py": {ROOT},
}
RAISE = {"manual_stats_reporting.py": ("decorator_task failed", "Oh nooes!"), "rest.py": ("invalid HTTP method",)}
CLOSED_TOO = {  # where the models differ: messages, events, users that end, nesting, the end of the test, no class of users
    "custom_messages.py": CLOSED,
    "debugging_advanced.py": CLOSED,
    "nested_inline_tasksets.py": CLOSED,
    "semaphore_wait.py": CLOSED,
    "stop_on_threshold.py": ENDLESS,
    "test_pytest.py": CLOSED,
}


@dataclass
class Forked:
    """One of the processes that `forking_child.py` makes, and waits for."""

    folder: Path
    said_by: Generator | None = None
    result: Result = field(default_factory=Result)
    pid = 0
    name = "forked"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def wait(self, timeout: float) -> int | None:
        return 0

    def kill(self) -> None:
        """Its link closes, so it ends."""

    def said(self) -> str:
        return "\n" + self.log

    def died(self) -> ServiceDied:
        return ServiceDied(f"It died.{self.said()}", "")


def _written(example: str, folder: Path, url: str) -> Path:
    source = EXAMPLES / example
    folder.mkdir()
    for beside in source.parent.glob("*.csv"):
        shutil.copy(beside, folder)
    text = source.read_text().replace("http://example.com:42", "http://127.0.0.1:1")
    path = folder / source.name
    path.write_text(SLEEPS.sub("sleep(0.01)", HOSTS.sub(url, text)))
    return path


def _started(cases: list[tuple[str, Profile]], folder: Path, url: str) -> tuple[list[Forked], subprocess.Popen[str]]:
    forks, orders, theirs = [], [], []
    for number, (example, profile) in enumerate(cases):
        fork = Forked(folder / str(number))
        path = _written(example, fork.folder, url)
        ours, end = socket.socketpair()
        theirs.append(end)
        log = str(fork.folder / "log")
        orders.append({"fd": end.fileno(), "log": log, "folder": str(fork.folder), "env": {"API_HOST": url}})
        plan = LoadPlan(locustfile=path, host=url, profile=profile, run="test", users=20, drain_s=PATIENCE_S)
        fork.said_by = Generator(plan, fork, Link(ours, patience=SEND_S))
        forks.append(fork)
    argv = [sys.executable, str(Path(__file__).with_name("forking_child.py")), json.dumps(orders)]
    env = {**os.environ, "PYTHONPATH": str(EXAMPLES.parents[2])}
    parent = subprocess.Popen(
        argv, pass_fds=[end.fileno() for end in theirs], env=env, stdout=subprocess.PIPE, text=True
    )
    for end in theirs:
        end.close()
    return forks, parent


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Forked]:
    """What became of each, by its path and whether the model was open."""
    cases = [(example, OPEN) for example in SEEN] + [*CLOSED_TOO.items()]
    with examples_server() as url:
        forks, parent = _started(cases, tmp_path_factory.mktemp("examples"), url)
        generators = [fork.said_by for fork in forks if fork.said_by is not None]
        try:
            for generator in generators:
                generator.tell_plan()
            for generator in generators:
                generator.ready(60)
            for generator in generators:
                generator.go(time.monotonic_ns() + 20_000_000)
            for fork, generator in zip(forks, generators, strict=True):
                for message in generator.messages(PATIENCE_S + 15):
                    fork.result.take(message)
        finally:
            for generator in generators:
                generator.hang_up()
            told, _ = parent.communicate(timeout=60)
    assert json.loads(told) == [0] * len(cases)
    return {(example, profile is OPEN): fork for (example, profile), fork in zip(cases, forks, strict=True)}


def _innermost(log: str) -> set[str]:
    """The file in which each traceback of a log ends."""
    found = set()
    for trace in log.split("Traceback (most recent call last):")[1:]:
        files = re.findall(r'^  File "([^"]+)"', trace.partition("\n\n")[0], re.MULTILINE)
        found |= set(files[-1:])
    return found


def _counted(result: Result) -> set[tuple[str, str]]:
    """Operations without the query of their URL, with their outcomes."""
    return {(name.partition("?")[0], outcome) for name, outcome in result.counts}


def test_every_example_that_is_kept_is_run() -> None:
    """None is forgotten, and none that is run is missing."""
    assert {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.py")} == set(SEEN)


@pytest.mark.parametrize("example", SEEN)
def test_an_example_runs_in_the_open_model(ran, example) -> None:
    """Each arrival ends once and was answered; its requests are counted under the names the example gives them; nothing raises but what
    the example raises itself."""
    fork = ran[example, True]
    end = fork.result.end
    cut = example == ENDS_IT and end.early == "the locustfile ended the test"
    assert end.due == end.ok + end.error + end.unanswered, fork.log
    assert cut or (end.due == DUE and not end.unanswered), fork.log
    assert not end.error or any(outcome == "failed" for _, outcome in SEEN[example])
    open_ = {(name, "unanswered") for name, _ in SEEN[example]} if cut else set()
    assert _counted(fork.result) <= SEEN[example] | open_, fork.log
    assert bool(end.requests) == bool(SEEN[example])
    for problem in fork.result.problems:
        assert any(text in problem for text in RAISE.get(example, ())), problem
    assert not {path for path in _innermost(fork.log) if "/harness/" in path}, fork.log


@pytest.mark.parametrize("example", CLOSED_TOO)
def test_an_example_runs_in_the_closed_model(ran, example) -> None:
    """The same with users that wait for their answers; what was open when the example ended the test was not answered."""
    fork = ran[example, False]
    open_ = {(name, "unanswered") for name, _ in SEEN[example]} if CLOSED_TOO[example] is ENDLESS else set()
    assert _counted(fork.result) <= SEEN[example] | open_, fork.log
    assert bool(fork.result.end.requests) == bool(SEEN[example]), fork.log
    assert not fork.result.problems
    assert not {path for path in _innermost(fork.log) if "/harness/" in path}, fork.log


def test_an_example_may_end_the_test(ran) -> None:
    """Too many failures, says the example, long before the profile's end: the run says who ended it."""
    assert ran["stop_on_threshold.py", False].result.end.early == "the locustfile ended the test"


def test_a_class_without_tasks_takes_no_part(ran) -> None:
    """It is the base of the others; the run says so."""
    assert (
        "The user class ForwardedForUser has no task; it takes no part." in ran["x-forwarded-for.py", True].result.notes
    )
