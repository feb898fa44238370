"""A canary that asks in TLS: what slows an edge slows each flight of the handshake, too."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from harness.faults import Canary, Probe, Tls, ToxiproxyClient, address_of
from harness.faults.toxics import Latency
from tests.certificates import context_for
from tests.integration.faults.conftest import Server, Upstream


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_delay_is_seen_behind_the_handshake_that_it_delays(
    server: Server, client: ToxiproxyClient, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """Of 700 ms: a whole answer takes two or three of them, and is timed from the end of the handshake."""
    authority = tmp_path / "authority.pem"
    context = context_for("127.0.0.1", authority)
    context.maximum_version = version
    with Upstream(context) as upstream:
        client.create_proxy("secured", listen="127.0.0.1:0", upstream=upstream.address)
        host, port = address_of(str(client.proxy("secured").listen), server.url)
        canary = Canary(Probe(protocol="http", host=host, port=port, tls=Tls("127.0.0.1", str(authority))))
        calm, delay = canary.baseline(), Latency(delay=700)
        client.add_toxic("secured", "slow", delay.wire())
        sight = canary.look(delay, calm, within_s=20)
        client.delete_toxic("secured", "slow")
        healed = canary.look_after(delay, calm)
        upstream.shutdown()
    assert (sight.seen, healed.seen) == (True, True), (sight.evidence, healed.evidence)
