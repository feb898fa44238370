"""The pytest plugin against a real Toxiproxy: tests within tests, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness.errors import BadInput, EnvironmentFailed, NotInForce
from harness.experiment.hands_on import HandsOn
from harness.faults import Down, Latency, ToxiproxyClient
from harness.model import Edge, Target
from tests.integration.faults.conftest import Server

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.integration

TARGETS = """\
targets:
  mine:
    url: http://{upstream}
    toxiproxy: {toxiproxy}
    edges: {{http: {{proxy: http, probe: http}}, raw: {{proxy: raw}}}}
"""
TESTS = """
import os, time
import httpx
import pytest
from harness.faults import Down, Latency

TOXIPROXY = "{toxiproxy}"
FRONT = "http://{front}"

def toxics():
    return [one["name"] for one in httpx.get(TOXIPROXY + "/proxies/http/toxics").json()]

def test_slow(harness_target, faults):
    with faults.on("http", Latency(delay="200ms")) as seen:
        began = time.monotonic()
        assert httpx.get(FRONT).status_code == 200
        assert time.monotonic() - began >= 0.19
        assert "ms" in seen
        assert len(toxics()) == 1  # nobody else hurts the edge meanwhile
    assert toxics() == [] or "PYTEST_XDIST_WORKER" in os.environ
    assert harness_target.name == "mine"

def test_a_failing_block_heals(faults):
    with pytest.raises(ZeroDivisionError), faults.on("http", Down()):
        with pytest.raises(httpx.ConnectError):
            httpx.get(FRONT)
        1 / 0
    assert httpx.get(FRONT).status_code == 200

def test_blocks_stand_inside_one_another(faults):
    with faults.on("http", Latency(delay="50ms")), faults.on("http", Latency(delay="60ms")) as seen:
        assert len(toxics()) == 2
        assert "another fault" in seen
    assert toxics() == [] or "PYTEST_XDIST_WORKER" in os.environ

def test_ended_by_somebody_else(faults):
    with faults.on("http", Latency(delay="50ms")):
        for name in toxics():
            httpx.delete(TOXIPROXY + "/proxies/http/toxics/" + name).raise_for_status()

def test_mistyped(faults):
    with faults.on("htp", Down()):
        pass
"""


@pytest.fixture
def place(pytester: pytest.Pytester, server: Server, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    (pytester.path / "harness.yaml").write_text(TARGETS.format(upstream=server.upstream, toxiproxy=server.url))
    (pytester.path / "test_mine.py").write_text(
        TESTS.replace("{toxiproxy}", server.url).replace("{front}", server.listens["http"])
    )
    return pytester


def test_faults_heal_with_their_block_and_what_cannot_be_told_is_no_pass(place: pytest.Pytester) -> None:
    """Three pass; one whose fault ended by itself is unknown, which fails with the reason; a mistyped edge is told with the nearest."""
    done = place.runpytest_subprocess("-p", "harness.plugin", "--harness-target", "mine", "-q")
    done.assert_outcomes(passed=3, failed=2)
    done.stdout.fnmatch_lines(["*unknown: +50 ms on `http` ended before the block did*", "*Did you mean `http`*"])


def test_unknown_may_skip(place: pytest.Pytester) -> None:
    """With `--harness-unknown=skip`; the target from the ini file; across xdist workers, whose tests take turns on the edge."""
    place.makeini("[pytest]\nharness_target = mine\n")
    done = place.runpytest_subprocess(
        *("-p", "harness.plugin", "--harness-unknown=skip", "-q", "-n", "2", "-k", "not mistyped")
    )
    done.assert_outcomes(passed=3, skipped=1)


def test_the_plugin_is_light() -> None:
    """Loading it imports nothing that a test session would feel."""
    heavy = {
        "pandas",
        "locust",
        "gevent",
        "schemathesis",
        "pydantic",
        "httpx",
        "altair",
        "pyarrow",
        "scipy",
        "harness.model",
    }
    code = f"import sys, pytest; before = set(sys.modules); import harness.plugin; print(sorted(({heavy!r} & set(sys.modules)) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _target(server: Server) -> Target:
    edges = {
        name: Edge(name=name, proxy=name, protocol="http" if name == "http" else "tcp") for name in ("http", "raw")
    }
    return Target(name="mine", url=f"http://{server.upstream}", toxiproxy=server.url, edges=edges)


def test_an_edge_is_hurt_by_one_at_a_time(server: Server, client: ToxiproxyClient, tmp_path: Path) -> None:
    """A second one waits, and gives up where that lasts too long; another edge is free."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    released, gone = threading.Event(), threading.Event()
    with (
        HandsOn.opened(_target(server), folder=tmp_path, environ=environ) as one,
        HandsOn.opened(_target(server), folder=tmp_path, environ=environ) as other,
    ):
        with one.on("http", Latency(delay=50), verify=False):
            with (
                pytest.raises(EnvironmentFailed, match="was hurt by another process"),
                other.on("http", Down(), lock_s=0.2),
            ):
                pass
            with other.on("raw", Latency(delay=50), verify=False):
                assert len(client.contents()["raw"][1]) == 1

            def wait() -> None:
                with other.on("http", Latency(delay=60), verify=False):
                    released.set()
                gone.set()

            threading.Thread(target=wait, daemon=True).start()
            assert not released.is_set()
            assert len(client.contents()["http"][1]) == 1
        assert released.wait(20)
        assert gone.wait(20)
    assert client.contents()["http"][1] == {}


def test_a_fault_that_ends_by_itself_says_nothing(server: Server, tmp_path: Path) -> None:
    """Somebody enabled the proxy again; and an edge that is not there is told."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    with HandsOn.opened(_target(server), folder=tmp_path, environ=environ) as bench:
        with (
            ToxiproxyClient(server.url) as client,
            pytest.raises(NotInForce, match="ended before"),
            bench.on("http", Down()),
        ):
            client.enable("http")
        with pytest.raises(BadInput, match="no edge"), bench.on("nowhere", Down()):
            pass
