"""`harness ui` as a program sees it: started in a folder, asked over HTTP, ended."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.command import Command, harness, wait_for


class Ui:
    """One browser, or program. `csrf` is what its page holds."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=60, headers=headers)
        found = re.search(r'harness-csrf" content="([^"]+)', self.client.get("").text)
        self.csrf = {"X-Harness-Csrf": found[1] if found else ""}  # none before somebody has signed in

    def post(self, path: str, **form: str) -> httpx.Response:
        """As the page does."""
        return self.client.post(path, data=form, headers=self.csrf)

    def start(self, scenario: str, **form: str) -> dict[str, Any]:
        """What the answer says."""
        answer: dict[str, Any] = self.post("swarm", scenario=scenario, **form).json()
        return answer

    @property
    def state(self) -> dict[str, Any]:
        """Everything there is to show, by topic."""
        state: dict[str, Any] = self.client.get("harness/state").json()
        return state

    def sees(self, is_so: Callable[[dict[str, Any]], bool], within_s: float = 90) -> dict[str, Any]:
        """The state in which it is so; fails where it does not come."""
        seen: list[dict[str, Any]] = []

        def look() -> bool:
            seen[:] = [self.state]
            return is_so(seen[0])

        assert wait_for(look, within_s), seen[0]["test"]
        return seen[0]

    def hurt(self) -> None:
        """Put a fault on edge `api` by hand, for longer than any test waits for it."""
        fault = {"edge": "api", "kind": "latency", "latency.delay": "20ms", "for": "50s"}
        assert self.post("harness/faults/add", **fault).status_code == 303

    def running(self, load: str = "") -> dict[str, Any]:
        """The state in which a test runs, with that load."""
        return self.sees(lambda s: s["test"]["state"] == "running" and load in s["test"]["load"])

    def over(self) -> dict[str, Any]:
        """The state once the test has ended."""
        return self.sees(lambda s: s["test"]["state"] == "stopped")


def pid_of(command: Command, what: str = "harness.cli") -> int:
    """A process of the command, by what its command line has."""
    return next(int(line.split()[0]) for line in command.alive() if what in line)


def said_by(process: subprocess.Popen[str]) -> str:
    """Where it serves, once it does."""
    assert process.stdout is not None
    said = ""
    while "Locust UI" not in said:
        said = process.stdout.readline()
        assert said, process.communicate()[1]
    return said.split()[-1]


@contextmanager
def ui_in(place: Path, *arguments: str, port: int = 0, **env: str) -> Iterator[tuple[Ui, Command]]:
    """Served, and everything of it ended afterwards."""
    command = harness("ui", *arguments, "--port", str(port), cwd=place, **env)
    process = command.start()
    try:
        yield Ui(said_by(process)), command
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)
    assert not command.ended()
