"""A Toxiproxy that is gone, wedged, restarted, or shared with others."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import toxiproxy.exceptions

from harness.errors import BadInput, HealFailed, ToxiproxyError
from harness.experiment.recoveries import edges_held
from harness.faults import (
    Injector,
    NobodyListens,
    NotThere,
    OwnEdges,
    ToxiproxyClient,
    Unreachable,
    heal_owned,
    ls,
    parse,
)
from harness.faults.toxics import Latency, Millis
from harness.guard import DeleteToxic, Guard, read_journal
from harness.model import Anchor, Edge, Fault, Verdict
from harness.stack import free_ports

pytestmark = pytest.mark.integration
SLOW = Latency(delay=Millis(100))


def fault(kind: str, mapping: dict[str, object], edge: str = "http", name: str = "f1", duration: float = 10) -> Fault:
    return Fault(name=name, edge=edge, disturbance=parse(kind, mapping), at=Anchor(0), duration=duration)


def slow(name: str = "slow", edge: str = "http", duration: float = 10) -> Fault:
    return fault("latency", {"delay": "100ms"}, edge, name, duration)


def test_nobody_there_is_said_with_the_address() -> None:
    """The error names the URL and what to do."""
    (port,) = free_ports(1)
    with ToxiproxyClient(f"http://127.0.0.1:{port}") as client, pytest.raises(NobodyListens) as caught:
        client.contents()
    assert f"127.0.0.1:{port}" in caught.value.what
    assert "Start toxiproxy-server" in caught.value.todo


@contextlib.contextmanager
def wedged(server: Any) -> Iterator[None]:
    """The server stands still: the kernel accepts for it, and nobody answers."""
    process = psutil.Process(server.process.pid)
    process.suspend()
    until(lambda: process.status() == psutil.STATUS_STOPPED)
    try:
        yield
    finally:
        process.resume()


def test_a_wedged_server_ends_in_a_clear_error(server: Any, promises: Any, edges: Any) -> None:
    """Accepts and never answers: an error after the client's patience, not a hang; a fault that may have been made stays with the guard."""
    with ToxiproxyClient(server.url, timeout_s=0.3) as client:
        injector = Injector(client, promises, edges, run_id="r", owner="o", wall=time.time)
        with wedged(server):
            with pytest.raises(Unreachable) as caught:
                client.contents()
            assert "did not answer GET /proxies in time" in caught.value.what
            for act in (lambda: injector.check([slow()]), lambda: injector.apply(slow())):
                with pytest.raises(ToxiproxyError, match="in time"):
                    act()
        until(lambda: client.contents())
        for undo in promises.open:
            assert undo.undo(2).done
        assert client.toxics("http") == {}


def test_refusals_are_those_of_toxiproxy_python(client: ToxiproxyClient, server: Any) -> None:
    """Code written for that library catches what it knows; ours catches ToxiproxyError."""
    wire = SLOW.wire()
    client.add_toxic("http", "mine", wire)
    with pytest.raises(toxiproxy.exceptions.ProxyExists):
        client.add_toxic("http", "mine", wire)
    with pytest.raises(toxiproxy.exceptions.NotFound):
        client.delete_toxic("http", "yours")
    with pytest.raises(toxiproxy.exceptions.ProxyExists):
        client.create_proxy("http", listen="127.0.0.1:0", upstream=server.upstream)
    with pytest.raises(ToxiproxyError, match="address already in use"):
        client.create_proxy("other", listen=server.listens["http"], upstream=server.upstream)


def test_a_change_is_read_back(client: ToxiproxyClient) -> None:
    """An update is in force when the call returns; toxicity travels as a 32-bit float."""
    client.add_toxic("http", "mine", SLOW.wire())
    now = client.update_toxic("http", "mine", attributes={"latency": 30}, toxicity=0.3)
    assert now.attributes["latency"] == 30
    assert client.version() == "2.12.0"


class WithoutPatch(httpx.HTTPTransport):
    """The real server, which answers PATCH as one before 2.6 does."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            return httpx.Response(self.status, text="404 page not found")
        return super().handle_request(request)


@pytest.mark.parametrize("status", [404, 405])
def test_an_old_server_is_updated_by_post(server: Any, status: int) -> None:
    """Toxics and proxies change where the server has no PATCH; a toxic that is not there is still told as that."""
    with ToxiproxyClient(server.url, transport=WithoutPatch(status)) as old:
        old.add_toxic("http", "mine", SLOW.wire())
        assert old.update_toxic("http", "mine", attributes={"latency": 30}, toxicity=1.0).attributes["latency"] == 30
        assert not old.disable("http").enabled
        with pytest.raises(NotThere):
            old.update_toxic("http", "yours", attributes={"latency": 30}, toxicity=1.0)


def test_a_fault_changes_its_strength_in_force(injector: Injector, client: ToxiproxyClient, promises: Any) -> None:
    """The same toxic under the same promise; another type is refused, and healing finds it as it is now."""
    made = injector.apply(slow())
    injector.update("slow", Latency(delay=Millis(250)).wire())
    assert client.toxic("http", made.toxic).attributes["latency"] == 250
    with pytest.raises(BadInput, match="cannot become a timeout"):
        injector.update("slow", parse("timeout", {}).wire())  # type: ignore[arg-type]
    assert injector.heal("slow").found
    assert promises.open == []
    with pytest.raises(KeyError):
        injector.update("slow", SLOW.wire())


def test_a_misspelt_attribute_is_an_error(client: ToxiproxyClient) -> None:
    """Toxiproxy drops it silently; reading back tells."""
    client.add_toxic("http", "mine", SLOW.wire())
    with pytest.raises(ToxiproxyError, match="latencyy"):
        client.update_toxic("http", "mine", attributes={"latencyy": 30}, toxicity=1.0)


def test_a_missing_proxy_is_bad_input(client: ToxiproxyClient, promises: Any) -> None:
    """With the nearest name that is there."""
    injector = Injector(
        client, promises, {"db": Edge(name="db", proxy="postgre")}, run_id="r", owner="o", wall=time.time
    )
    with pytest.raises(BadInput, match="Did you mean `postgres`"):
        injector.check([slow(edge="db")])


def test_a_disabled_proxy_is_refused(injector: Injector, client: ToxiproxyClient, promises: Any) -> None:
    """A toxic there has no effect, so a recovery would be invented."""
    client.disable("http")
    for act in (lambda: injector.check([slow()]), lambda: injector.apply(slow())):
        with pytest.raises(ToxiproxyError, match="disabled by somebody"):
            act()
    assert not client.proxy("http").enabled
    assert promises.made == []


def test_two_owners_leave_each_other_alone(
    injector: Injector, client: ToxiproxyClient, promises: Any, edges: Any
) -> None:
    """Each heals its own; a third's toxic and a proxy that somebody disabled stay as they are."""
    other = Injector(client, promises, edges, run_id="run2", owner="you", wall=time.time)
    client.add_toxic("http", "theirs", SLOW.wire())
    client.disable("raw")
    injector.apply(slow())
    made = other.apply(slow())
    injector.heal_all()
    assert set(client.toxics("http")) == {"theirs", made.toxic}
    assert [one.name.run for one in ls(client)] == ["run2"]
    other.heal_all()
    assert set(client.toxics("http")) == {"theirs"}
    assert not client.proxy("raw").enabled


def test_a_server_restarted_under_a_fault_is_told(injector: Injector, server: Any, promises: Any) -> None:
    """The fault went with the server: healing finds nothing and says so."""
    injector.apply(slow())
    injector.apply(fault("down", {}, "redis"))
    server.stop()
    server.start()
    removals = injector.heal_all()
    assert [one.found for one in removals.values()] == [False, False]
    assert promises.open == []


def test_a_server_that_is_gone_holds_no_toxic(injector: Injector, server: Any, promises: Any) -> None:
    """On this machine, nobody listening is as good as healed."""
    injector.apply(slow())
    server.stop()
    assert "no Toxiproxy listens" in injector.heal("slow").how
    assert promises.open == []


def test_a_toxic_that_somebody_removed_is_told(injector: Injector, client: ToxiproxyClient) -> None:
    """The fault was not in force to its end."""
    made = injector.apply(slow())
    client.delete_toxic("http", made.toxic)
    assert not injector.heal("slow").found


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda client, _: client.disable("http"), "somebody disabled proxy `http`"),
        (lambda client, _: client.update_proxy("http", upstream="127.0.0.1:9"), "somebody changed proxy `http`"),
        (
            lambda client, toxic: client.update_toxic("http", toxic, attributes={"latency": 1}, toxicity=1.0),
            "somebody changed the toxic to",
        ),
    ],
)
def test_a_change_behind_our_back_is_told(
    injector: Injector, client: ToxiproxyClient, promises: Any, act: Any, told: str
) -> None:
    """The toxic is taken back all the same, and counts as not in force to its end, since it had another effect than asked."""
    made = injector.apply(slow())
    act(client, made.toxic)
    removal = injector.heal("slow")
    assert not removal.found
    assert told in removal.how
    assert client.toxics("http") == {}
    assert promises.open == []


def test_a_wedged_server_of_ours_is_restarted(server: Any, promises: Any, edges: Any) -> None:
    """A server that accepts and never answers is ended and started anew; others' faults, and ours that go on, stand again."""
    with ToxiproxyClient(server.url, timeout_s=0.3) as client:
        client.add_toxic("redis", "theirs", SLOW.wire())
        client.disable("raw")

        def restart() -> None:
            server.stop()
            server.start()

        injector = Injector(client, promises, edges, run_id="r", owner="o", wall=time.time, restart=restart)
        injector.apply(slow("early"))
        injector.heal("early")
        made = {name: injector.apply(slow(name, edge)) for name, edge in (("stays", "redis"), ("slow", "http"))}
        injector.apply(fault("down", {}, "postgres", "gone"))
        server.process.send_signal(signal.SIGSTOP)
        until(lambda: psutil.Process(server.process.pid).status() == psutil.STATUS_STOPPED)
        assert "restarted" in injector.heal("slow").how
        assert client.toxics("http") == {}
        assert set(client.toxics("redis")) == {"theirs", made["stays"].toxic}
        assert {name: proxy.enabled for name, proxy in client.proxies().items()} == {
            "http": True,
            "redis": True,
            "postgres": False,
            "raw": False,
        }
        assert all(one.found for one in injector.heal_all().values())
        assert promises.open == []


@contextlib.contextmanager
def a_client_that_does_not_read(address: str) -> Any:
    """Fills every buffer on the way, so that a toxic's removal cannot drain them (Toxiproxy issue 558)."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"FLOOD")
        full, seen = 0, -1
        while full < 10:
            time.sleep(0.05)  # nothing to ask: the kernel's queue is full when it stops growing
            now = len(connection.recv(1 << 24, socket.MSG_PEEK))
            full, seen = (full + 1, seen) if now == seen else (0, now)
        yield connection


def test_a_removal_that_freezes_the_api_is_escalated(
    injector: Injector, client: ToxiproxyClient, server: Any, promises: Any
) -> None:
    """The proxy is recreated on its address, with what others had put on it and without what we had."""
    client.add_toxic("http", "theirs", SLOW.wire())
    injector.apply(slow())
    with a_client_that_does_not_read(server.listens["http"]):
        removal = injector.heal("slow")
    assert "recreated" in removal.how
    assert set(client.toxics("http")) == {"theirs"}
    assert client.proxy("http").listen == server.listens["http"]
    assert promises.open == []


def test_the_guard_escalates_too(server: Any, client: ToxiproxyClient, edges: Any, tmp_path: Path) -> None:
    """A lease that ends while deleting hangs: the guard recreates the proxy on its address, and others' toxics stand again."""
    client.add_toxic("http", "theirs", SLOW.wire())
    with Guard.start(tmp_path / "journal.jsonl", name="test") as guard:
        injector = Injector(client, guard, edges, run_id="r", owner="o", wall=time.time, margin_s=0.1)
        injector.apply(slow(duration=0.2))
        with a_client_that_does_not_read(server.listens["http"]):
            until(lambda: not read_journal(guard.journal).pending)
        first, second = read_journal(guard.journal).promises
        assert (first.note, second.undo.kind) == ("by another way: promise -1", "recreate-proxy")
        assert "recreated" in second.note
        assert set(client.toxics("http")) == {"theirs"}
        assert client.proxy("http").listen == server.listens["http"]
        assert not injector.heal("slow").found


def test_a_wedged_server_of_somebody_else_is_left_as_it_is(server: Any, promises: Any, edges: Any) -> None:
    """Nobody restarts what is not ours: a HealFailed with curl commands, the promise stays with the guard, and later it heals."""
    with ToxiproxyClient(server.url, timeout_s=0.3) as client:
        injector = Injector(client, promises, edges, run_id="r", owner="o", wall=time.time)
        made, pid = injector.apply(slow()), server.process.pid
        with wedged(server):
            with pytest.raises(HealFailed) as caught:
                injector.heal("slow")
            assert f"curl -X DELETE '{server.url}/proxies/http/toxics/{made.toxic}'" in caught.value.todo
            assert "curl -X POST" in caught.value.todo
            assert len(promises.open) == 1
            assert injector.active == ("slow",)
        until(lambda: client.contents())
        assert set(client.proxies()) == set(edges)
        injector.heal_all()
        assert (client.toxics("http"), server.process.pid, promises.open) == ({}, pid, [])


def test_the_guard_leaves_a_wedged_servers_proxies_as_they_are(server: Any, client: ToxiproxyClient) -> None:
    """A deletion that nobody answers is done when the server goes on: it must not be that of the proxy."""
    client.add_toxic("http", "mine", SLOW.wire())
    with wedged(server):
        outcome = DeleteToxic(server.url, "http", "mine", standing=json.dumps(_standing(server, "http"))).undo(1.5)
    assert (outcome.done, "answers nothing at all" in outcome.what) == (False, True), outcome
    until(lambda: not client.contents()["http"][1])
    assert client.proxy("http").upstream == server.upstream


def _standing(server: Any, name: str) -> dict[str, object]:
    return {"name": name, "listen": server.listens[name], "upstream": server.upstream, "enabled": True, "toxics": []}


def test_leftovers_of_any_run_are_listed_and_ended(injector: Injector, client: ToxiproxyClient, promises: Any) -> None:
    """From another process that knows nothing but the names; a fault of ours that took a proxy down, too."""
    injector.apply(slow())
    injector.apply(fault("down", {}, "redis", "gone"))
    found = {one.name.fault: one for one in ls(client)}
    assert {name: (one.kind, one.proxy) for name, one in found.items()} == {
        "slow": ("latency", "http"),
        "gone": ("down", "redis"),
    }
    assert not found["slow"].expired(time.time())
    assert found["slow"].expired(time.time() + 14)
    assert heal_owned(client, lambda one: one.expired(time.time())) == ()
    assert len(heal_owned(client)) == 2
    assert ls(client) == ()
    assert client.proxy("redis").enabled


def test_edges_of_ours_come_and_go(client: ToxiproxyClient, promises: Any, server: Any) -> None:
    """Made and removed; one that is there already is somebody's and stays."""
    (port,) = free_ports(1)
    ours = Edge(name="front", proxy="harness-front", listen=f"127.0.0.1:{port}", upstream=server.upstream, ours=True)
    own = OwnEdges(client, promises)
    own.make([ours])
    assert client.proxy("harness-front").listen == ours.listen
    with pytest.raises(BadInput, match="already"):
        OwnEdges(client, promises).make([ours])
    own.remove()
    assert "harness-front" not in client.proxies()
    assert own.lost == []
    assert promises.open == []


def test_an_edge_of_ours_that_somebody_removed_is_told(client: ToxiproxyClient, promises: Any, server: Any) -> None:
    """What was measured through it says nothing of the target, so the run is unknown."""
    (port,) = free_ports(1)
    ours = Edge(name="front", proxy="harness-front", listen=f"127.0.0.1:{port}", upstream=server.upstream, ours=True)
    own = OwnEdges(client, promises)
    own.make([ours])
    server.stop()
    server.start()
    own.remove()
    assert own.lost == ["front"]
    assert [check.verdict for check in edges_held(own)] == [Verdict.UNKNOWN]
    assert promises.open == []


def test_a_lease_ends_a_fault_that_nobody_heals(client: ToxiproxyClient, edges: Any, tmp_path: Path) -> None:
    """The real guard takes it back at its deadline, and healing then tells that it had ended."""
    with Guard.start(tmp_path / "journal.jsonl", name="test") as guard:
        injector = Injector(client, guard, edges, run_id="r", owner="o", wall=time.time, margin_s=0.1)
        injector.apply(fault("down", {}, "http", "gone", duration=0.3))
        assert len(read_journal(guard.journal).pending) == 1
        until(lambda: client.proxy("http").enabled and not client.toxics("http"))
        assert not injector.heal("gone").found
        assert not read_journal(guard.journal).pending


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)
