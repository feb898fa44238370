"""What people type wrong, and a port that somebody else has: a sentence, what to do, the promised exit code, and nothing left running."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.e2e.command import harness

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("rnu",), ("No such command 'rnu'", "Did you mean 'run'?", "harness --help")),
        (("run", "mine.yaml", "--seeed", "3"), ("--seeed", "harness run --help")),
        (("up", "--ui-prt", "8089"), ("--ui-prt", "--ui-port", "harness up --help")),
        (("run", "no-such-file.yaml"), ("no-such-file.yaml",)),
    ],
)
def test_what_is_mistyped_is_told(typed: tuple[str, ...], told: tuple[str, ...], place: Path) -> None:
    """Exit 3; on stderr only; no traceback; no run folder."""
    done = harness(*typed, cwd=place).run()
    assert (done.returncode, done.stdout) == (3, "")
    assert all(word in done.stderr for word in told), done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "reports").exists()


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
