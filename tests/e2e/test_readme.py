"""The README's commands, as they stand there. A command that no test runs is a failure, too."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.model.places import cache_dir
from harness.stack import find_toxiproxy
from tests.e2e.command import HARNESS, ROOT, Command, runs, wait_for
from tests.e2e.test_wheel import LEAN, WITH_THE_SHOP

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

FAULT = "harness fault add payments latency delay=500ms --for 30s"
GUARD = "harness guard --toxiproxy http://127.0.0.1:8474"

# What each command must exit with, on a healthy service.
RUN = {
    "harness demo --defect double-charge": 1,
    "harness run scenarios/payment-outage.yaml": 0,
    "harness run -f scenarios/shop.py -H reference --rate 50/s --for 5s": 0,
    "harness check reference --budget 20s": 0,
    "harness pact verify reference": 0,
    "harness diff HEAD:contracts/openapi.json contracts/openapi.json --pacts contracts/pacts/": 0,
    "harness run scenarios/database-cut.yaml": 0,
    "harness run scenarios/database-cut.yaml --dry-run": 0,
    "harness fault ls --toxiproxy http://127.0.0.1:8474": 0,
    "harness fault heal --toxiproxy http://127.0.0.1:8474": 0,
}
ELSEWHERE = {
    "make demo": "test_make_demo",
    "make test": "is what runs this test",
    "harness up": "test_up_and_down",
    "harness status": "test_up_and_down",
    "harness down": "test_up_and_down",
    "harness ui scenarios/": "test_the_ui_on_scenarios",
    FAULT: "test_up_and_down",
    GUARD: "test_the_guard_beside_a_toxiproxy",
    LEAN: "test_wheel.py",
    WITH_THE_SHOP: "test_wheel.py",
}


def _marked(line: str) -> object:
    """Runs are measured, so they come alone; what needs Toxiproxy on its usual port comes in one process."""
    if line.startswith(("harness run", "harness demo")) and "--dry-run" not in line:
        return pytest.param(line, marks=pytest.mark.measures)
    return pytest.param(line, marks=pytest.mark.xdist_group("usual-port")) if "--toxiproxy" in line else line


def commands() -> list[str]:
    """Every line of the README's blocks that is a command, without its comment."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    blocks = [block for language, block in fenced if not language]
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_every_command_of_the_readme_is_run() -> None:
    """Neither a command without a test, nor a test of a command that the README no longer has."""
    assert sorted(set(commands())) == sorted({*RUN, *ELSEWHERE})


@pytest.fixture
def their_toxiproxy() -> Iterator[None]:
    """A Toxiproxy where users have theirs, unless one is there already."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8474)) == 0:
            yield
            return
    program = find_toxiproxy(os.environ, progress=lambda _: None)
    process = subprocess.Popen([str(program)], env={**os.environ, "LOG_LEVEL": "error"})
    try:
        assert wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", 8474)) == 0, 10)
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("line", [_marked(line) for line in RUN])
def test_a_command_of_the_readme(line: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """It ends with the exit code that the README gives it. A run that could not be trusted may be repeated twice."""
    if "--toxiproxy" in line:
        request.getfixturevalue("their_toxiproxy")
    argv = [*HARNESS, *shlex.split(line)[1:]]
    done = None
    for _ in range(3):
        command = Command(argv, ROOT, {"HARNESS_REPORTS": str(tmp_path / "reports")})
        done = command.run(timeout=180)
        assert not command.ended()
        if done.returncode != 2 or RUN[line] == 2:
            break
    assert done is not None
    assert done.returncode == RUN[line], done.stdout + done.stderr
    if "double-charge" in line:
        _tells_what_was_charged_twice(runs(tmp_path)[-1])


def _tells_what_was_charged_twice(folder: Path) -> None:
    """For the planted reason alone: the order, how often, under which fault, and a line that repeats it, wherever it is read."""
    summary = json.loads((folder / "summary.json").read_text())
    assert [one["check"] for one in summary["audit"] if one["verdict"] == "fail"] == ["one-charge-per-key"]
    (finding,) = [one for one in summary["findings"] if one["level"] == "error"]
    told = re.search(r"Order (ord-\w+) \(key (\S+)\) was charged \d+ times", finding["message"])
    assert told is not None
    assert finding["fault"] in ("slow", "gone")  # both lie on the provider's edge
    assert f"Idempotency-Key: {told[2]}" in finding["curl"]
    assert "$TOKEN" in finding["curl"]
    for report in ("report.md", "report.html"):
        text = html.unescape((folder / report).read_text())
        assert all(words in text for words in (told[0], f"under {finding['fault']}", finding["curl"])), report


@pytest.mark.measures
def test_make_demo(tmp_path: Path) -> None:
    """`make demo` ends with the verdict and the report's path, finds nothing wrong with a healthy service, and leaves nothing but the
    report: not a file at home, none among the temporary ones, no process."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    cache = str(cache_dir(os.environ).parent)  # everybody's: what was built once is not built again
    for attempt in range(3):
        place = tmp_path / str(attempt)
        env = {"HARNESS_REPORTS": str(place / "reports"), "HOME": str(home), "XDG_CACHE_HOME": cache}
        command = Command(["make", "--no-print-directory", "demo"], ROOT, {**env, "TMPDIR": str(temporary)})
        done = command.run(300)
        assert not command.ended()
        assert [*home.iterdir(), *temporary.iterdir()] == []
        if done.returncode != 2:  # make says 2 for any failure: the verdict stands in the output
            break
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    (folder,) = runs(place)
    assert f"report: {folder / 'report.html'}" in done.stdout


def test_up_and_down(tmp_path: Path) -> None:
    """`harness up` shows the Locust UI, a test started there orders from the shop, a fault is put on by hand and ends with Ctrl-C,
    `status` tells, `down` ends everything."""
    cache = tmp_path / "cache"  # its own state, but the built Toxiproxy of everybody
    program = str(find_toxiproxy(os.environ, progress=lambda _: None))
    env = {"XDG_CACHE_HOME": str(cache), "HARNESS_TOXIPROXY": program}
    up = Command([*HARNESS, "up", "--ui-port", "0", "--reports", str(tmp_path / "reports")], ROOT, env)
    process = up.start()
    try:
        page = _page_of(env)
        _order_from(page)
        _fault_by_hand(env)
        down = Command([*HARNESS, "down"], ROOT, env).run()
        assert down.returncode == 0, down.stderr
    finally:
        process.send_signal(signal.SIGINT)  # after `down` it is gone already
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert not up.ended()
    assert Command([*HARNESS, "status"], ROOT, env).run().returncode == 2


def _page_of(env: dict[str, str]) -> str:
    """Where `status` says that the Locust UI is."""
    status = Command([*HARNESS, "status"], ROOT, env)
    assert wait_for(lambda: status.run().returncode == 0, 120)
    ui = re.search(r"Locust UI +(http://127\.0\.0\.1:\S+)", status.run().stdout)
    assert ui is not None
    return ui[1].rstrip("/")


def _order_from(page: str) -> None:
    """A test started on the page orders without an error."""
    token = re.search(r'harness-csrf" content="([^"]+)', httpx.get(f"{page}/").text)
    assert token is not None
    asked = {"scenario": "shop", "model": "users", "user_count": "3", "spawn_rate": "3"}
    started = httpx.post(f"{page}/swarm", data=asked, headers={"X-Harness-Csrf": token[1]})
    assert started.json()["success"], started.text
    assert wait_for(lambda: httpx.get(f"{page}/stats/requests").json()["stats"][-1]["num_requests"] > 20, 30)
    assert httpx.get(f"{page}/stats/requests").json()["errors"] == []


def _fault_by_hand(env: dict[str, str]) -> None:
    """The README's line: in force while it is held, gone after Ctrl-C."""

    def in_force() -> list[str]:
        told = Command([*HARNESS, "fault", "ls", "--json"], ROOT, env).run()
        assert told.returncode == 0, told.stderr
        return [one["kind"] for one in json.loads(told.stdout)]

    command = Command([*HARNESS, *shlex.split(FAULT)[1:]], ROOT, env)
    process = command.start()
    assert process.stderr is not None
    assert "In force" in process.stderr.readline()
    assert in_force() == ["latency"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert in_force() == []


@pytest.mark.xdist_group("usual-port")
@pytest.mark.usefixtures("their_toxiproxy")
def test_the_guard_beside_a_toxiproxy() -> None:
    """The README's line: it says what it watches until Ctrl-C, and leaves nothing."""
    command = Command([*HARNESS, *shlex.split(GUARD)[1:]], ROOT)
    process = command.start()
    assert process.stderr is not None
    said = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert "http://127.0.0.1:8474" in said
    assert process.returncode == 130
    assert not command.ended()


def test_the_ui_on_scenarios(tmp_path: Path) -> None:
    """`harness ui scenarios/` says where it is, offers what is in the folder, and Ctrl-C ends all of it."""
    ui = Command([*HARNESS, "ui", "scenarios/", "--port", "0"], ROOT, {"HARNESS_REPORTS": str(tmp_path / "reports")})
    process = ui.start()
    try:
        assert process.stdout is not None
        said = ""
        while "http://" not in said:
            line = process.stdout.readline()
            assert line, process.communicate()
            said += line
        found = re.search(r"http://[\w.:]+", said)
        assert found is not None
        httpx.get(found[0]).raise_for_status()
        assert "payment-outage" in httpx.get(f"{found[0]}/harness/scenarios").raise_for_status().text
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert not ui.ended()
