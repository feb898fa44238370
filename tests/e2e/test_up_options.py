"""`harness up` takes what `harness ui` takes: a prefix, a login, workers elsewhere; also detached."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from harness.stack import find_toxiproxy
from tests.e2e.command import harness

pytestmark = pytest.mark.e2e


def test_up_behind_a_prefix_with_a_login_and_workers(tmp_path: Path) -> None:
    """Detached: where all of it is, is told; nobody sees the page before signing in; `down` ends it."""
    env = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),  # its own state, but the built Toxiproxy of everybody
        "HARNESS_TOXIPROXY": str(find_toxiproxy(os.environ, progress=lambda _: None)),
        "HARNESS_UI_TOKEN": "a-long-enough-secret",
        "HARNESS_WORKER_TOKEN": "another-long-secret",
    }
    flags = (
        "--defect",
        "slow-list",
        "--ui-port",
        "0",
        "--base-path",
        "/locust",
        "--web-login",
        "--master",
        "--bind",
        "127.0.0.1:0",
    )
    typed = harness("up", "--detach", *flags, cwd=tmp_path, **env)
    try:
        done = typed.run()
        assert done.returncode == 0, done.stderr
        (page,) = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("Locust UI")]
        assert page.endswith("/locust/")
        assert page in harness("status", cwd=tmp_path, **env).run().stdout
        unseen = httpx.get(page)
        assert unseen.status_code == 302, unseen.text
        assert unseen.headers["Location"].startswith("/locust/login")
        log = (tmp_path / "cache" / "api-harness" / "up" / "up.log").read_text()
        assert "Workers      127.0.0.1:" in log
    finally:
        harness("down", cwd=tmp_path, **env).run()
    assert not typed.ended()


def test_workers_elsewhere_and_processes_here_exclude_each_other(tmp_path: Path) -> None:
    """Before anything is started."""
    done = harness("up", "--master", "--processes", "2", cwd=tmp_path).run()
    assert done.returncode == 3
    assert "--master and --processes exclude each other" in done.stderr
