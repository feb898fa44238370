"""`harness breakpoint` on a service whose break is known."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.e2e.command import harness, runs
from tests.e2e.foreign import foreign_target

pytestmark = pytest.mark.e2e

BEARS = 60
SCENARIO = """\
name: limited
target: http://127.0.0.1:%d
load:
  locustfile: mine.py
  profile: {name: load, rate: 40/s, for: 2s}
expect: [errors <= 5%%]
"""
SLOW = """\
name: slow
target: mine
load: {locustfile: mine.py, profile: {name: load, rate: 40/s, for: 3s}}
faults: [{name: slow, edge: api, latency: {delay: 100ms}, at: 2100ms, for: 800ms}]
expect: [p50 <= 150ms during slow]
"""
LOCUSTFILE = """\
from locust import FastHttpUser, task

class Mine(FastHttpUser):
    @task
    def look(self):
        self.client.get("/")
"""


class _Limited(BaseHTTPRequestHandler):
    """Answers 60 requests in any second, and 503 to the rest."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    answered: ClassVar[deque[float]] = deque()

    def do_GET(self) -> None:
        with self.lock:
            now = time.monotonic()
            while self.answered and self.answered[0] < now - 1:
                self.answered.popleft()
            served = len(self.answered) < BEARS
            if served:
                self.answered.append(now)
        self.send_response(200 if served else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Limited)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "limited.yaml").write_text(SCENARIO % server.server_port)
    (tmp_path / "mine.py").write_text(LOCUSTFILE)
    yield tmp_path
    server.shutdown()
    server.server_close()


@pytest.mark.measures
def test_the_rate_at_which_a_service_breaks_is_found(limited: Path) -> None:
    """It bears 60/s: the answer lies on both sides of that, each trial is a run folder, and the target gave way first."""
    command = harness("breakpoint", "limited.yaml", "--vary", "rate", "--tolerance", "50%", "--json", cwd=limited)
    done = command.run()
    assert done.returncode in (0, 2), done.stderr  # 2: so busy a machine that the generator could not be trusted
    found = json.loads(done.stdout)
    assert len(runs(limited)) == len(found["trials"])
    assert [one["run"] for one in found["trials"]] == [folder.name for folder in runs(limited)]
    assert found["holds"] is None or found["holds"] <= BEARS * 1.05
    assert found["breaks"] is None or found["breaks"] > BEARS
    if done.returncode == 0:
        assert found["breaks"] <= found["holds"] * 1.5**3
        between = [one for one in found["trials"] if found["holds"] < one["value"] < found["breaks"]]
        if any(
            one["doubts"] for one in between
        ):  # a busy machine: the generator could not be trusted there, and that is told
            assert found["saturated"] == "generator"
        else:
            assert found["saturated"] == "target"
            assert "errors <= 5%" in found["saturated_why"]
    (folder,) = (limited / "reports" / "breakpoints").iterdir()
    assert {file.name for file in folder.iterdir()} == {"breakpoint.json", "report.html", "report.md"}
    assert not command.ended()


def test_the_delay_at_which_an_expectation_breaks_is_found(place: Path) -> None:
    """A real toxic of each strength, in force in each trial: 100 ms are borne where 150 ms are allowed, 190 ms are not."""
    with foreign_target(place) as foreign:
        (place / "slow.yaml").write_text(SLOW)
        strengths = ("--vary", "slow.delay", "--from", "100ms", "--to", "190ms", "--tolerance", "95%")
        command = harness("breakpoint", "slow.yaml", *strengths, "--json", cwd=place)
        done = command.run()
        assert done.returncode in (0, 2), done.stderr  # 2: so busy a machine that it could not be told
        assert not foreign.toxics()
    found = json.loads(done.stdout)
    for trial in found["trials"]:
        (fault,) = json.loads((place / "reports/runs" / trial["run"] / "summary.json").read_text())["faults"]
        assert fault["describe"] == f"+{trial['value']:g} ms"
        assert fault["from_s"] is not None
        assert fault["in_force"] is not False, fault  # None: so busy a machine that no probe could tell
    assert {trial["value"] for trial in found["trials"]} <= {100.0, 190.0}
    assert (found["holds"], found["breaks"]) == (100.0, 190.0) or done.returncode == 2, found
    assert not command.ended()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--vary", "rats"), "`rats` cannot be varied"),
        (("--from", "50"), "is not a rate"),
        (("--from", "90/s", "--to", "50/s"), "is above"),
        (("--tolerance", "0.1%"), "from 1 %"),
        (("--budget", "0s"), "above zero"),
    ],
)
def test_what_cannot_be_searched_is_refused(limited: Path, flags: tuple[str, ...], told: str) -> None:
    """Exit 3 with a remedy, before anything is sent."""
    done = harness("breakpoint", "limited.yaml", *flags, cwd=limited).run()
    assert done.returncode == 3
    assert told in done.stderr
    assert not runs(limited)
