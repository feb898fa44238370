"""Leases on the Toxiproxy itself: who stops renewing, for whatever reason, has its faults ended by the guard beside it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from harness.errors import BadInput, HealFailed, ToxiproxyError
from harness.faults import (
    GuardName,
    Injector,
    OwnEdges,
    RemoteGuard,
    RunLease,
    ToxiproxyClient,
    living_guards,
    ls,
    parse,
    secured,
)
from harness.model import Anchor, Edge, Fault

pytestmark = pytest.mark.integration
LEASE_S = 1.0


def fault(kind: str, mapping: dict[str, object], edge: str, name: str, duration: float = 60) -> Fault:
    return Fault(name=name, edge=edge, disturbance=parse(kind, mapping), at=Anchor(0), duration=duration)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


@contextlib.contextmanager
def guarding(server: Any, pid: int = 1) -> Iterator[list[dict[str, object]]]:
    """A guard beside the server; gives what it tells."""
    told: list[dict[str, object]] = []
    stop = threading.Event()
    with ToxiproxyClient(server.url) as client:
        guard = RemoteGuard(client, GuardName("beside", pid), told.append)
        thread = threading.Thread(target=guard.watch, args=(stop,))
        thread.start()
        try:
            until(lambda: told)
            yield told
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def lease(server: Any, promises: Any) -> Iterator[RunLease]:
    """Of the same owner and run as `injector`."""
    with ToxiproxyClient(server.url, timeout_s=0.5) as client:
        one = RunLease(client, promises, owner="me@here", run="run1", seconds=LEASE_S)
        yield one
        with contextlib.suppress(HealFailed):
            one.give_back()


def test_a_renewed_lease_holds_and_an_abandoned_one_ends_its_faults(
    server: Any, client: ToxiproxyClient, injector: Injector, lease: RunLease, edges: dict[str, Edge], promises: Any
) -> None:
    """Far before their deadline, a taken-down proxy too; another run's, a stranger's, and a proxy disabled on purpose stay."""
    other = Injector(client, promises, edges, run_id="run2", owner="you", wall=time.time)
    client.add_toxic("http", "theirs", parse("latency", {"delay": "100ms"}).wire())  # type: ignore[arg-type]
    client.disable("raw")
    with guarding(server) as told:
        lease.take()
        injector.apply(fault("latency", {"delay": "100ms"}, "http", "slow"))
        injector.apply(fault("down", {}, "redis", "gone"))
        kept = other.apply(fault("latency", {"delay": "100ms"}, "http", "others"))
        held = time.monotonic() + 2 * LEASE_S
        until(lambda: time.monotonic() > held)
        assert len(ls(client)) == 3
        lease._stop.set()  # what SIGSTOP, SIGKILL or a cut network do: it is not renewed any more
        until(lambda: "lease removed" in [one["event"] for one in told])
        assert client.proxy("redis").enabled
        assert set(client.toxics("http")) == {"theirs", kept.toxic}
        assert not client.proxy("raw").enabled
        assert not injector.heal("slow").found
        assert (
            sorted(str(one["why"]) for one in told if one["event"] == "ended")
            == ["its run's lease was not renewed"] * 2
        )
    assert set(client.proxies()) == set(edges)


def test_proxies_made_under_a_lease_go_with_it(
    server: Any, client: ToxiproxyClient, lease: RunLease, edges: dict[str, Edge], promises: Any
) -> None:
    """Cut off for good, a run leaves no port open; a proxy that leads elsewhere by then is somebody else's, and stays."""
    upstream = client.proxy("http").upstream
    ours = Edge(name="a", proxy="made a", listen="127.0.0.1:0", upstream=upstream, ours=True)
    theirs = Edge(name="b", proxy="made b", listen="127.0.0.1:0", upstream=upstream, ours=True)
    with guarding(server) as told:
        lease.take()
        made = OwnEdges(client, promises, lease)
        made.make([ours, theirs])
        client.add_toxic("made a", "harness_me-here_run1_99999999999_slow", parse("latency", {"delay": "9ms"}).wire())  # type: ignore[arg-type]
        client.delete_proxy("made b")
        client.create_proxy("made b", listen="127.0.0.1:0", upstream="127.0.0.1:9")
        assert {"harness-made_me-here_run1_0", "harness-made_me-here_run1_1"} <= set(client.proxies())
        lease._stop.set()
        until(lambda: "lease removed" in [one["event"] for one in told])
        assert [one["proxy"] for one in told if one["event"] == "proxy removed"] == ["made a"]
        client.delete_proxy("made b")
        assert set(client.proxies()) - {"harness_guard_beside_1"} == set(edges)
        made.remove()
    assert made.lost == ["b", "a"]


def test_proxies_made_under_a_lease_leave_no_word(
    client: ToxiproxyClient, lease: RunLease, edges: dict[str, Edge], promises: Any
) -> None:
    """A run that ends by itself takes all back; a port that is taken leaves nothing either."""
    upstream = client.proxy("http").upstream
    ours = Edge(name="a", proxy="made a", listen="127.0.0.1:0", upstream=upstream, ours=True)
    taken = Edge(name="b", proxy="made b", listen=client.proxy("http").listen, upstream=upstream, ours=True)
    lease.take()
    made = OwnEdges(client, promises, lease)
    made.make([ours])
    made.remove()
    with pytest.raises(ToxiproxyError):
        made.make([ours, taken])
    lease.give_back()
    assert set(client.proxies()) == set(edges)
    assert promises.open == []


def test_a_deadline_is_held_without_a_lease(server: Any, client: ToxiproxyClient, promises: Any, edges: Any) -> None:
    """A run that took none, and is gone with its own guard: the deadline in the toxic's name ends it."""
    injector = Injector(client, promises, edges, run_id="r", owner="o", wall=lambda: time.time() - 3600)
    injector.apply(fault("latency", {"delay": "100ms"}, "http", "slow"))
    with guarding(server) as told:
        until(lambda: not ls(client))
        until(lambda: [one for one in told if one.get("why") == "its deadline has passed"])


def test_a_lease_survives_a_restart_of_the_server(server: Any, client: ToxiproxyClient, lease: RunLease) -> None:
    """The renewal makes it anew; giving it back leaves nothing."""
    lease.take()
    server.stop()
    server.start()
    until(lambda: "harness_lease_me-here_run1" in client.proxies())
    assert lease.failure is None
    lease.give_back()
    assert "harness_lease_me-here_run1" not in client.proxies()


def test_a_lease_that_cannot_be_renewed_is_told(server: Any, lease: RunLease) -> None:
    """The run learns that its faults have been ended."""
    lease.take()
    server.stop()
    until(lambda: lease.failure)
    assert "ran out" in str(lease.failure)


def test_a_guard_that_is_gone_is_not_taken_for_one(server: Any, client: ToxiproxyClient) -> None:
    """Its number stands still; the next guard removes its word."""
    client.create_proxy("harness_guard_dead_7", listen="127.0.0.1:0", upstream="watching, beat 5", enabled=False)
    assert living_guards(client, within_s=1.0) == ()
    with guarding(server):
        assert living_guards(client) == (GuardName("beside", 1),)
        until(lambda: "harness_guard_dead_7" not in client.proxies())
    assert "harness_guard_beside_1" not in client.proxies()


def test_another_host_needs_a_guard(server: Any, promises: Any) -> None:
    """Without one a fault is refused unless the risk is taken; on this host the guard process is enough."""
    said: list[str] = []

    def ask(url: str, *, no_guard: bool = False) -> RunLease | None:
        with ToxiproxyClient(url) as client:
            lease = secured(client, promises, owner="o", run="r", no_guard=no_guard, tell=said.append)
            if lease:
                lease.give_back()
            return lease

    elsewhere = server.url.replace("127.0.0.1", "0.0.0.0")  # reaches the same server, and is no loopback address
    with pytest.raises(BadInput, match="harness guard --toxiproxy"):
        ask(elsewhere)
    assert ask(elsewhere, no_guard=True) is None
    assert "nobody ends a fault there" in said[0]
    assert ask(server.url) is None
    with guarding(server):
        assert ask(elsewhere) is not None
        assert ask(server.url) is not None
    assert promises.open == []


class AnHourAhead(httpx.HTTPTransport):
    """The real server, on a host whose clock is an hour ahead."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.headers["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))
        return answer


def test_a_deadline_is_told_by_the_servers_clock(server: Any, promises: Any, edges: Any) -> None:
    """Machines whose clocks differ read one deadline: nothing ends early, and `ls` tells the time that is left."""
    with ToxiproxyClient(server.url, transport=AnHourAhead()) as client:
        injector = Injector(client, promises, edges, run_id="r", owner="o", wall=time.time)
        injector.apply(fault("latency", {"delay": "100ms"}, "http", "slow", duration=60))
        (one,) = ls(client)
        left = one.name.deadline - client.server_time(time.time())
        assert 55 < left < 65
        assert not one.expired(client.server_time(time.time()))
        injector.heal_all()
