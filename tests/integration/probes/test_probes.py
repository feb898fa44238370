"""Probes against a server that answers as Prometheus, Alertmanager and services do, and against real commands."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from harness.errors import ProbeSilent
from harness.experiment.spawning import GuardedSpawn
from harness.guard import process_start
from harness.model import Alerts, Probe, Sample
from harness.probes import Sampler, asker
from tests.integration.probes.conftest import Numbers

pytestmark = pytest.mark.integration


def _ask(probe: Probe, spawn: GuardedSpawn) -> float:
    return asker(probe, verify=True, execute=spawn.to_its_end)()


@pytest.mark.parametrize(
    ("path", "read", "value"),
    [
        ("/number", "body", 12.5),
        ("/sick", "status", 503),
        ("/json", "json queue.depth.1", 4),
        ("/json", "json up", 1),
        ("/metrics", 'metric jobs_waiting{queue="mail"}', 7),
        ("/metrics", "metric temperature", 21.5),
    ],
)
def test_a_number_is_found_in_an_answer(
    numbers: Numbers, spawn: GuardedSpawn, path: str, read: str, value: float
) -> None:
    """Where the probe says that it stands."""
    assert _ask(Probe(name="p", kind="http", ask=numbers.url(path), read=read), spawn) == value


@pytest.mark.parametrize(
    ("path", "read", "why"),
    [
        ("/sick", "body", "answered 503"),
        ("/json", "body", "is not a number"),
        ("/json", "json queue.length", "there is no `length` under `queue`"),
        ("/json", "json name", "'x' is not a number"),
        ("/number", "json a", "there is no `a`"),
        ("/metrics", "metric jobs_waiting", "2 series are called jobs_waiting; name one by its labels queue"),
        ("/metrics", "metric jobs", "there is no metric jobs"),
    ],
)
def test_where_there_is_no_number_the_reason_is_told(
    numbers: Numbers, spawn: GuardedSpawn, path: str, read: str, why: str
) -> None:
    """Never a made-up value: an error page that happens to hold a 7 is none."""
    with pytest.raises(ProbeSilent, match=why.replace("(", r"\(")):
        _ask(Probe(name="p", kind="http", ask=numbers.url(path), read=read), spawn)


def test_prometheus_answers_a_query(numbers: Numbers, spawn: GuardedSpawn) -> None:
    """A vector of one, or a scalar."""
    for query, value in (("sum(jobs)", 42), ("time()", 5)):
        assert _ask(Probe(name="p", kind="prometheus", ask=query, url=numbers.url()), spawn) == value


@pytest.mark.parametrize(
    ("query", "series", "why"),
    [("bad(", [1.0], "parse error at char 4"), ("x", [1.0, 2.0], "2 series instead of one"), ("x", [], "0 series")],
)
def test_a_query_that_gives_no_one_number_is_refused(
    numbers: Numbers, spawn: GuardedSpawn, query: str, series: list[float], why: str
) -> None:
    """With what Prometheus said."""
    numbers.series = series
    with pytest.raises(ProbeSilent, match=why):
        _ask(Probe(name="p", kind="prometheus", ask=query, url=numbers.url()), spawn)


@pytest.mark.parametrize(
    ("source", "state", "fires"),
    [
        ("prometheus", "firing", 1),
        ("prometheus", "pending", 0),
        ("prometheus", "", 0),
        ("alertmanager", "active", 1),
        ("alertmanager", "suppressed", 0),
        ("alertmanager", "", 0),
    ],
)
def test_whether_an_alert_fires_is_asked(
    numbers: Numbers, spawn: GuardedSpawn, source: str, state: str, fires: float
) -> None:
    """Pending is not firing, and a silenced alert tells nobody; another alert is not this one."""
    numbers.alerts = {
        "Other": "firing" if source == "prometheus" else "active",
        **({"HighErrors": state} if state else {}),
    }
    alerts = Alerts(source=source, url=numbers.url())  # type: ignore[arg-type]
    assert _ask(alerts.probe("HighErrors"), spawn) == fires


def test_a_server_that_is_gone_or_silent_gives_no_number(spawn: GuardedSpawn) -> None:
    """Refused at once; and one that accepts and never answers is given up after the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ProbeSilent, match="Timeout"):
        _ask(Probe(name="p", kind="http", ask=_at(listener), timeout=0.2), spawn)
    with socket.socket() as held:  # bound, so that nobody else listens there
        held.bind(("127.0.0.1", 0))
        with pytest.raises(ProbeSilent, match="ConnectError"):
            _ask(Probe(name="p", kind="http", ask=_at(held)), spawn)


def _at(one: socket.socket) -> str:
    return f"http://127.0.0.1:{one.getsockname()[1]}/"


def test_a_command_prints_a_number(spawn: GuardedSpawn, tmp_path: Path) -> None:
    """Run beside the file that names it, without a shell."""
    (tmp_path / "depth").write_text("9\n")
    assert _ask(Probe(name="p", kind="command", ask="cat depth", folder=str(tmp_path)), spawn) == 9


def test_what_a_command_leaves_behind_is_killed(spawn: GuardedSpawn, tmp_path: Path) -> None:
    """It printed its number and ended; the child that it left in the background ends with it."""
    pids = tmp_path / "pids"
    assert (
        _ask(Probe(name="p", kind="command", ask=f"sh -c 'sleep 600 >&- 2>&- & echo $! >{pids}; echo 7'"), spawn) == 7
    )
    child = int(pids.read_text())
    while process_start(child) is not None:
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("false", "ended with 1"),
        ("echo many", "'many', which is not a number"),
        ("no-such-program-anywhere", "could not be run"),
        ("sh -c 'echo gone >&2; exit 3'", "ended with 3: gone"),
    ],
)
def test_a_command_without_a_number_is_told(spawn: GuardedSpawn, command: str, why: str) -> None:
    """With its last word."""
    with pytest.raises(ProbeSilent, match=why):
        _ask(Probe(name="p", kind="command", ask=command), spawn)


def test_a_command_that_hangs_is_killed_with_its_children(spawn: GuardedSpawn, tmp_path: Path) -> None:
    """Nothing of it is left when its time is up."""
    pids = tmp_path / "pids"
    command = f"sh -c 'sleep 600 & echo $! >{pids}; wait'"
    with pytest.raises(ProbeSilent, match="did not end within"):
        _ask(Probe(name="p", kind="command", ask=command, timeout=2.0), spawn)
    child = int(pids.read_text())
    for _ in range(100):
        if process_start(child) is None:
            break
        time.sleep(0.05)
    assert process_start(child) is None


def test_each_probe_is_sampled_on_its_own(numbers: Numbers) -> None:
    """One that hangs keeps no other from being asked, and a raised error is a sample without a value."""
    hang = threading.Event()
    taken: list[Sample] = []
    done = threading.Event()

    def slow() -> float:
        hang.wait(20)
        return 1.0

    def broken() -> float:
        raise RuntimeError("oops")

    def emit(sample: Sample) -> None:
        taken.append(sample)
        if sum(one.probe == "quick" for one in taken) >= 5 and any(one.probe == "broken" for one in taken):
            done.set()

    probes = {
        name: Probe(name=name, kind="http", ask="", every=0.1, timeout=0.1) for name in ("slow", "quick", "broken")
    }
    asks = {"slow": slow, "quick": lambda: 2.0, "broken": broken}
    sampler = Sampler({name: (probes[name], ask) for name, ask in asks.items()}, emit)
    zero = time.monotonic_ns()
    sampler.start(lambda: time.monotonic_ns() - zero)
    assert done.wait(20)
    hang.set()
    sampler.stop()
    assert {one.value for one in taken if one.probe == "quick"} == {2.0}
    assert {one.error for one in taken if one.probe == "broken"} == {"RuntimeError: oops"}
    quick = [one.t_ns for one in taken if one.probe == "quick"]
    assert quick == sorted(quick)
