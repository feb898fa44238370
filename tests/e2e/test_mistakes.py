"""What people type and write wrong, a description that can't be had, a port that somebody else has: a sentence, what to do, the promised
exit code, and nothing left running.

A command that ends before it starts anything is typed within this process: the command line from its words to its exit code, without two
seconds of imports for each.
"""

from __future__ import annotations

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from harness.cli.entry import run_command
from tests.e2e.command import HARNESS, Command, harness, runs

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("rnu",), ("No such command 'rnu'", "Did you mean 'run'?", "harness --help")),
        (("run", "mine.yaml", "--seeed", "3"), ("--seeed", "harness run --help")),
        (("up", "--ui-prt", "8089"), ("--ui-prt", "--ui-port", "harness up --help")),
        (("run", "no-such-file.yaml"), ("no-such-file.yaml",)),
        (("check", "--replay", "found.json", "--baseline", "baseline.yaml"), ("--replay", "Leave out --baseline")),
    ],
)
def test_what_is_mistyped_is_told(typed: tuple[str, ...], told: tuple[str, ...], place: Path) -> None:
    """Exit 3; on stderr only; no traceback; no run folder."""
    done = harness(*typed, cwd=place).run()
    assert (done.returncode, done.stdout) == (3, "")
    assert all(word in done.stderr for word in told), done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "reports").exists()


def test_a_disk_without_room_for_a_run_is_told(place: Path) -> None:
    """Not even `run.json` can be written: exit 4 with its name, nothing is begun, and no empty folder is taken for a run."""
    words = [*HARNESS, "run", "short.yaml"]
    typed = Command(["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *words], place)  # a kilobyte at most
    done = typed.run()
    assert done.returncode == 4, done.stderr
    assert "run.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert runs(place) == []
    assert not typed.ended()


@pytest.mark.parametrize("command", ["ui", "up"])
def test_a_port_that_somebody_has_is_told(command: str, place: Path) -> None:
    """Exit 4, which port, and how to take another; the stack of `up` is gone again."""
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        port = theirs.getsockname()[1]
        typed = harness(command, "--ui-port", str(port), cwd=place)
        done = typed.run()
    assert done.returncode == 4, done.stderr
    assert "in use" in done.stderr
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert not typed.ended()


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("target: reference", "tarjet: reference", 3, "Did you mean `target`"),
        ("rate: 40/s, for: 4s", "rate: 40 Hz, for: 4s", 8, "such as 150/s"),
        ("for: 4s", "for: 4 sec", 8, "such as 800ms, 10s or 1m30s"),
        ("rate: 40/s, for: 4s", "rate: 0/s, for: 4s", 8, "above zero"),
        ("edge: payments", "edge: paymets", 11, "Did you mean `payments`"),
        ("- {name: slow", "- [name: slow", 11, "not YAML"),
    ],
)
def test_a_mistake_in_a_scenario_is_told(
    right: str,
    wrong: str,
    line: int,
    told: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Exit 3 with file, line and what to write instead, on stderr only; nothing is started and no run folder made."""
    monkeypatch.chdir(place)
    text = (place / "short.yaml").read_text()
    assert right in text
    (place / "short.yaml").write_text(text.replace(right, wrong, 1))
    others = set(psutil.Process().children())
    code = run_command(["run", "short.yaml", "--json"])
    out, err = capfd.readouterr()
    assert (code, out) == (3, "")
    assert f"harness: short.yaml:{line}: " in err
    assert told in err
    assert not (place / "reports").exists()
    assert set(psutil.Process().children()) <= others


class _NoDescription(BaseHTTPRequestHandler):
    """A service that is up and has lost its description."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@pytest.mark.parametrize("command", [("check", "mine"), ("run", "quick.yaml")])
@pytest.mark.parametrize(
    ("description", "told", "code"),
    [
        ("http://127.0.0.1:PORT/openapi.json", "/openapi.json answered 404", 4),
        ("http://127.0.0.1:9/openapi.json", "http://127.0.0.1:9/openapi.json could not be fetched", 4),
        ("nowhere.yaml", "nowhere.yaml could not be read", 4),
        ("mine.py", "mine.py: This is no OpenAPI document", 3),
    ],
)
def test_a_description_that_cannot_be_had_is_told(
    command: tuple[str, str],
    description: str,
    told: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The service is up, but what it promises is not known: which description, what to correct, and a run's folder says so, too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("from locust import HttpUser\n")
    (tmp_path / "quick.yaml").write_text(
        "name: quick\ntarget: mine\nload: {locustfile: mine.py, profile: {name: load, rate: 20/s, for: 2s}}\n"
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), _NoDescription) as service:
        Thread(target=service.serve_forever, daemon=True).start()
        port = str(service.server_port)
        named = description.replace("PORT", port)
        (tmp_path / "harness.yaml").write_text(
            f"targets: {{mine: {{url: 'http://127.0.0.1:{port}', description: '{named}'}}}}\n"
        )
        others = set(psutil.Process().children())
        done = run_command([*command])
        service.shutdown()
    err = capfd.readouterr().err
    assert done == code, err
    assert told in err
    assert "description" in err
    assert set(psutil.Process().children()) <= others
    for folder in runs(tmp_path):
        assert told in json.loads((folder / "run.json").read_text())["why"]
        assert told in (folder / "report.md").read_text()
    assert len(runs(tmp_path)) == (command[0] == "run")
