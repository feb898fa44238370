"""Every change to the world is on disk as a promise before it is made, and stays one until it is taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.faults import (
    Command,
    CommandApplier,
    EnvoyAdmin,
    HttpApplier,
    Injector,
    OwnEdges,
    Pause,
    ProcessApplier,
    RunLease,
    ToxiproxyClient,
    parse,
)
from harness.guard import Guard, read_journal
from harness.model import Anchor, Disturbance, Edge, Fault
from tests.integration.faults.conftest import Server

pytestmark = pytest.mark.integration
Call = tuple[str, str]


def fault(disturbance: Disturbance, edge: str = "http") -> Fault:
    return Fault(name="it", edge=edge, disturbance=disturbance, at=Anchor(0), duration=10)


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    with Guard.start(tmp_path / "journal.jsonl", name="test") as one:
        yield one


def promised(guard: Guard) -> set[str]:
    """What stands open in the journal: how it is taken back, and the name of the toxic or proxy."""
    undos = [one.undo for one in read_journal(guard.journal).pending]
    return {f"{undo.kind} {undo.fields().get('toxic') or undo.fields()['proxy']}" for undo in undos}


class Witness(httpx.HTTPTransport):
    """The real server; notes for each call that changes something what the journal on disk promised when it was sent."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard
        self.seen: list[tuple[Call, set[str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            call = (request.method, request.url.path.removeprefix("/proxies").strip("/").split("/")[0])
            self.seen.append((call, promised(self._guard)))
        return super().handle_request(request)


@pytest.fixture
def witness(guard: Guard) -> Witness:
    return Witness(guard)


@pytest.fixture
def seen(server: Server, witness: Witness) -> Iterator[ToxiproxyClient]:
    with ToxiproxyClient(server.url, transport=witness) as one:
        yield one


@pytest.mark.parametrize("kind", ["latency", "down"])
def test_a_toxic_and_a_taken_down_proxy(
    kind: str, seen: ToxiproxyClient, witness: Witness, guard: Guard, edges: dict[str, Edge]
) -> None:
    """The journal names the toxic, and a proxy that will be disabled, when the first call is sent; and until the last was answered."""
    injector = Injector(seen, guard, edges, run_id="r", owner="o", wall=time.time)
    made = injector.apply(fault(parse(kind, {"delay": "50ms"} if kind == "latency" else {})))
    injector.heal("it")
    needed = {f"delete-toxic {made.toxic}"} if kind == "latency" else {"enable-proxy http"}
    calls = ["POST", "DELETE"] if kind == "latency" else ["POST", "PATCH", "PATCH", "DELETE"]  # the marker goes last
    assert [call[0] for call, _ in witness.seen] == calls
    assert all(needed <= open_then for _, open_then in witness.seen), witness.seen
    assert promised(guard) == set()


def test_proxies_of_ours_and_the_lease(seen: ToxiproxyClient, witness: Witness, guard: Guard, server: Server) -> None:
    """Each proxy that comes and goes with a run, the words beside them too."""
    lease = RunLease(seen, guard, owner="o", run="r")
    lease.take()
    own = OwnEdges(seen, guard, lease)
    own.make([Edge(name="front", proxy="ours", listen="127.0.0.1:0", upstream=server.upstream, ours=True)])
    own.remove()
    lease.give_back()
    made = [open_then for (method, _), open_then in witness.seen if method == "POST"]
    assert [one - before for before, one in zip([set(), *made], made, strict=False)] == [
        {"delete-proxy harness_lease_o_r"},
        {"delete-proxy harness-made_o_r_0"},
        {"delete-proxy ours"},
    ]
    gone = [f"delete-proxy {name}" in open_then for (method, name), open_then in witness.seen if method == "DELETE"]
    assert gone == [True] * 3
    assert promised(guard) == set()


def test_a_command(guard: Guard, tmp_path: Path) -> None:
    """It looks into the journal itself, and works only where its own end stands there."""
    one = Command(apply=f"grep -q 'rm -f on' {guard.journal} && touch on", heal="rm -f on")
    applier = CommandApplier(guard, tmp_path)
    applier.apply(fault(one))
    assert (tmp_path / "on").exists()
    assert applier.heal("it").found


class Body:
    """A process as a fault sees one; notes what was promised when it was stopped and let go on."""

    name = "shop"

    def __init__(self, promises: Any) -> None:
        self._promises, self._state = promises, "running"
        self.open_then: list[int] = []

    def state(self) -> str:
        return self._state

    def pause(self) -> None:
        self.open_then.append(len(self._promises.open))
        self._state = "paused"

    def resume(self) -> None:
        self.open_then.append(len(self._promises.open))
        self._state = "running"

    def resume_undo(self) -> Any:
        return "resume it"


def test_a_paused_process(promises: Any) -> None:
    """Its end is promised when it is stopped, and when it is let go on."""
    body = Body(promises)
    applier = ProcessApplier({"http": [body]}, promises)  # type: ignore[list-item]
    applier.apply(fault(Pause()))
    applier.heal("it")
    assert (body.open_then, promises.open) == ([1, 1], [])


def test_a_switch_in_envoy(promises: Any) -> None:
    """What switches it off is promised when it is switched on."""
    values: dict[str, str] = {}
    open_then: list[int] = []

    def envoy(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            open_then.append(len(promises.open))
            values.update(request.url.params)
        return httpx.Response(200, json={"entries": {key: {"final_value": value} for key, value in values.items()}})

    with EnvoyAdmin("http://127.0.0.1:1", transport=httpx.MockTransport(envoy)) as admin:
        applier = HttpApplier(admin, promises, {"it": "http"})
        applier.apply(fault(parse("http_status", {"code": 503})))
        applier.heal("it")
    assert (open_then, promises.open) == ([1, 1], [])
