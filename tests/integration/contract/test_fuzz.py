"""Property-based checking of small services with known faults."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.contract import Progress, fetch_description, fuzz, merge_findings
from harness.contract.child import plain_spawn
from harness.errors import BadDocument, BadInput, EnvironmentFailed, Interrupted, ServiceDied
from harness.guard import process_start
from harness.model import Fuzz, Level, Limits, Target, Verdict
from tests.integration.contract.conftest import faulty_shop, shop_target
from tests.integration.contract.notebook import notebook

pytestmark = pytest.mark.integration
SHORT = Fuzz(budget=60, max_examples=15, seed=1)


def test_planted_faults_are_found_once_each_with_a_line_that_shows_them(tmp_path: Path) -> None:
    """A 500 and a body against its schema are two findings, counted, with curl that names the secret but does not hold it. They came while requests
    were still being generated, and the sum of what came is the result."""
    told: list[Progress] = []
    with faulty_shop() as (target, _):
        result = fuzz(target, SHORT, log_path=tmp_path / "log", on_progress=told.append)
    assert any(row["kind"] == "finding" for one in told[: len(told) // 2] for row in one.fresh)
    fresh = [row for one in told for row in one.fresh]
    assert {f.identity: f.count for f in merge_findings(fresh)} == {f.identity: f.count for f in result.findings}
    seen = sum(row["n"] for row in fresh if row["kind"] == "seen")
    assert seen == sum(n for by_status in result.statuses.values() for n in by_status.values())
    errors = {(f.operation, f.check, f.signature): f for f in result.findings}
    assert set(errors) == {
        ("list_items", "not_a_server_error", "500"),
        ("read_item", "response_schema_conformance", "200 /price type"),
    }
    broken = errors["list_items", "not_a_server_error", "500"]
    assert broken.count > 1
    assert broken.curl.startswith('curl "$BASE/v1/items')
    assert "$SHOP_TOKEN" in broken.curl
    assert "s3cret" not in repr(result)
    assert result.check.verdict is Verdict.FAIL
    assert result.stopped_by == "completed"


def test_a_healthy_service_passes_and_leaves_nothing_in_the_working_folder(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No finding on a healthy shop, all of its operations answered, and no file of the engine's where the user stands, but in the cache."""
    monkeypatch.chdir(tmp_path)
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    with faulty_shop("healthy") as (target, _):
        result = fuzz(target, SHORT, log_path=tmp_path / "log")
    assert (result.check.verdict, result.findings) == (Verdict.PASS, ())
    assert result.tested == ("read_item", "list_items")
    assert result.coverage.of_operations == 1.0
    assert result.coverage.never_seen == ("list_items 404",)
    assert {"parameter query limit", "field 200 /*/price", "media type 200 application/json"} <= set(
        result.exercised["list_items"]
    )
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert [path.name for path in (cache / "api-harness" / "hypothesis" / "unicode_data").iterdir()]


def test_ignored_credentials_and_a_use_after_free_are_errors_and_accepted_bad_input_is_a_note(tmp_path: Path) -> None:
    """In a notebook that reads notes to anybody, also those that were torn out, and takes anything for a text."""
    checks = ("ignored_auth", "use_after_free", "negative_data_rejection")
    plan = Fuzz(budget=60, max_examples=6, seed=1, phases=("coverage", "stateful"), checks=checks)
    with notebook() as book:
        book.careless = True
        result = fuzz(book.target(strangers=()), plan, log_path=tmp_path / "log")
    assert {(f.operation, f.check, f.level) for f in result.findings} == {
        ("read", "ignored_auth", Level.ERROR),
        ("tear", "use_after_free", Level.ERROR),
        ("write", "negative_data_rejection", Level.NOTE),
    }
    assert {f.came_back for f in result.findings if f.level is Level.ERROR} == {3}
    assert result.check.verdict is Verdict.FAIL


def test_excluded_operations_are_left_alone(tmp_path: Path) -> None:
    """What the target excludes is not sent."""
    with faulty_shop() as (target, _):
        port = int(target.url.rpartition(":")[2])
        result = fuzz(shop_target(port, exclude=("GET /v1/items",)), SHORT, log_path=tmp_path / "log")
    assert result.selected == ("read_item",)
    assert set(result.statuses) == {"read_item"}


def test_a_service_that_is_not_there_is_an_environment_failure(tmp_path: Path) -> None:
    """Neither pass nor fail: nothing could be told."""
    with faulty_shop() as (target, process):
        description = fetch_description(target)
        process.kill()
        process.wait()
        with pytest.raises(EnvironmentFailed, match="Nothing answered"):
            fuzz(target, SHORT, log_path=tmp_path / "log", description=description)
        with pytest.raises(EnvironmentFailed, match="could not be fetched"):
            fetch_description(Target(name="gone", url=target.url, description=f"{target.url}/openapi.json"))


def test_a_service_that_dies_meanwhile_is_a_finding(tmp_path: Path) -> None:
    """The server that goes away is told, and the run is no pass."""
    with faulty_shop("healthy") as (target, process):
        description = fetch_description(target)

        def kill_once_it_runs(progress: Progress) -> None:
            if progress.cases:
                process.kill()

        result = fuzz(target, SHORT, log_path=tmp_path / "log", description=description, on_progress=kill_once_it_runs)
    assert result.check.verdict is Verdict.FAIL
    assert "server_gone" in {f.check for f in result.findings}
    assert result.stopped_by == "server_unavailable"


def test_a_stop_is_heard_while_requests_are_generated(tmp_path: Path) -> None:
    """Whoever watches may end it: its child ends at once, and not when the budget is spent."""
    children: list[subprocess.Popen[bytes]] = []

    def watched(argv: list[str], **popen: Any) -> subprocess.Popen[bytes]:
        children.append(plain_spawn(argv, **popen))
        return children[-1]

    def stop(progress: Progress) -> None:
        if progress.cases:
            raise Interrupted("stopped in the Locust UI")

    with faulty_shop("healthy") as (target, _), pytest.raises(Interrupted):
        fuzz(target, SHORT, log_path=tmp_path / "log", spawn=watched, on_progress=stop)
    assert [child.poll() is None for child in children] == [False]


def test_a_crash_of_the_child_is_an_error_and_never_an_empty_pass(tmp_path: Path) -> None:
    """The log's last words are quoted."""

    def broken(argv: list[str], **popen: Any) -> subprocess.Popen[bytes]:
        return plain_spawn([sys.executable, "-c", "import sys; sys.stdin.readline(); sys.exit('it broke')"], **popen)

    with faulty_shop() as (target, _), pytest.raises(ServiceDied, match="it broke"):
        fuzz(target, SHORT, log_path=tmp_path / "log", spawn=broken)


def test_a_silent_child_is_no_pass_either(tmp_path: Path) -> None:
    """It ended well and said nothing."""

    def silent(argv: list[str], **popen: Any) -> subprocess.Popen[bytes]:
        return plain_spawn([sys.executable, "-c", "import sys; sys.stdin.readline()"], **popen)

    with faulty_shop() as (target, _), pytest.raises(ServiceDied, match="without its result"):
        fuzz(target, SHORT, log_path=tmp_path / "log", spawn=silent)


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    """SIGKILL of the parent ends the child and removes its folder."""
    spec = json.dumps({"folder": str(tmp_path / "own")})
    (tmp_path / "own").mkdir()
    child = "from harness.contract.leash import receive; spec, emit = receive(); emit({}); import time; time.sleep(60)"
    program = (
        "import subprocess, sys; "
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE); "
        f"p.stdin.write({spec.encode()!r} + b'\\n'); p.stdin.flush(); p.stdout.readline(); print(p.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while process_start(pid) is not None:
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.02)
    assert not (tmp_path / "own").exists()


def test_nothing_is_sent_to_a_host_that_is_not_named(tmp_path: Path) -> None:
    """Off loopback the limits decide, before a socket is opened."""
    target = Target(name="far", url="http://api.test.example", description="http://api.test.example/openapi.json")
    with pytest.raises(BadInput, match="does not allow it"):
        fetch_description(target)
    file = tmp_path / "openapi.json"
    file.write_text('{"openapi": "3.1.0", "paths": {"/x": {"post": {"responses": {}}}}}')
    named = Target(name="far", url=target.url, description=str(file), limits=Limits(hosts=("api.test.example",)))
    with pytest.raises(BadInput, match="only GET and HEAD"):
        fuzz(named, SHORT, log_path=tmp_path / "log")


def test_a_description_that_is_none_says_what_and_where(tmp_path: Path) -> None:
    """A file that does not parse is named with its line."""
    file = tmp_path / "openapi.yaml"
    file.write_text("openapi: 3.1.0\npaths: [\n")
    with pytest.raises(BadDocument, match=r"openapi.yaml:\d"):
        fetch_description(Target(name="shop", url="http://127.0.0.1:1", description=str(file)))
    with pytest.raises(EnvironmentFailed, match="could not be read"):
        fetch_description(Target(name="shop", url="http://127.0.0.1:1", description=f"{os.devnull}/x"))
