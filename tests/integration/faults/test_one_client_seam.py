"""The one seam to Toxiproxy: the types of toxiproxy-python, any type of toxic by its name, one server for each client."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from toxiproxy.exceptions import InvalidToxic
from toxiproxy.proxy import Proxy
from toxiproxy.toxic import Toxic

from harness.errors import ToxiproxyError
from harness.faults import Injector, ToxiproxyClient, parse
from harness.faults.toxics import Latency, Millis
from harness.model import Anchor, Edge, Fault
from harness.stack import free_ports
from tests.integration.faults.conftest import Server, Upstream

pytestmark = pytest.mark.integration
SLOW = Latency(delay=Millis(100))


def by_name(kind: str, **attributes: float) -> Fault:
    given = {"type": kind, "attributes": attributes}
    return Fault(name="it", edge="http", disturbance=parse("toxic", given), at=Anchor(0), duration=10)


def test_it_gives_the_types_of_toxiproxy_python(client: ToxiproxyClient, server: Server) -> None:
    """Whatever it returns is that library's own Proxy or Toxic."""
    made = client.create_proxy("made", listen="127.0.0.1:0", upstream=server.upstream)
    proxies = [made, client.proxy("made"), client.disable("made"), client.enable("made"), *client.proxies().values()]
    added = client.add_toxic("made", "slow", SLOW.wire())
    changed = client.update_toxic("made", "slow", attributes={"latency": 5}, toxicity=1.0)
    toxics = [added, changed, client.toxic("made", "slow"), *client.toxics("made").values()]
    standing, on_it = client.standing("made")
    assert all(isinstance(one, Proxy) for one in (*proxies, standing)), proxies
    assert all(isinstance(one, Toxic) for one in (*toxics, *on_it.values())), toxics


def test_a_type_that_only_the_server_knows_is_passed_through(
    injector: Injector, client: ToxiproxyClient, canary: Any
) -> None:
    """`noop` has no name here: it is in force as it was written, nobody can tell its effect, and it goes."""
    fault, eye = by_name("noop"), canary("http")
    baseline = eye.baseline()
    made = injector.apply(fault)
    toxic = client.toxic("http", made.toxic)
    assert (toxic.type, toxic.toxicity, toxic.stream) == ("noop", 1.0, "downstream")
    assert eye.look(fault.disturbance, baseline, within_s=3).seen is None
    assert injector.heal("it").found
    assert client.toxics("http") == {}


def test_a_type_that_the_server_does_not_know_is_refused(
    injector: Injector, client: ToxiproxyClient, promises: Any
) -> None:
    """With the type and what to do, nothing of it stands, and nothing is left to undo."""
    with pytest.raises(ToxiproxyError, match="invalid toxic type") as caught:
        injector.apply(by_name("packet_loss", loss=10))
    assert isinstance(caught.value, InvalidToxic)
    assert "knows no toxic of that type" in caught.value.todo
    assert (client.toxics("http"), injector.active, promises.open) == ({}, (), [])


def test_an_attribute_that_the_server_does_not_know_is_refused(
    injector: Injector, client: ToxiproxyClient, promises: Any
) -> None:
    """The server drops it and says 200; reading back tells, and the toxic is taken off again."""
    with pytest.raises(ToxiproxyError, match="loss"):
        injector.apply(by_name("noop", loss=10))
    assert (client.toxics("http"), promises.open) == ({}, [])


def test_two_servers_in_one_process(
    server: Server, client: ToxiproxyClient, toxiproxy_program: Path, upstream: Upstream, promises: Any
) -> None:
    """Each client has its own: a fault on one is not on the other, and one that is gone takes nothing from the other."""
    port, listen = free_ports(2)
    other = Server(toxiproxy_program, port, {"http": f"127.0.0.1:{listen}"}, upstream.address)
    edges = {"http": Edge(name="http", proxy="http", protocol="http")}
    try:
        other.start()
        with ToxiproxyClient(other.url) as second:
            injectors = [
                Injector(one, promises, edges, run_id="r", owner="o", wall=time.time) for one in (client, second)
            ]
            fault = Fault(name="it", edge="http", disturbance=SLOW, at=Anchor(0), duration=10)
            first = injectors[0].apply(fault)
            assert (set(client.toxics("http")), second.toxics("http")) == ({first.toxic}, {})
            injectors[1].apply(fault)
            injectors[0].heal("it")
            assert (client.toxics("http"), len(second.toxics("http"))) == ({}, 1)
            server.stop()
            with pytest.raises(ToxiproxyError, match=str(server.port)):
                client.contents()
            assert injectors[1].heal("it").found
    finally:
        other.stop()
    assert promises.open == []
