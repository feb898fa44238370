"""What counts as this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Limits, Target
from harness.model.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    """By address and by name."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example.org", "127.example.org", "localhost.example.org", "localhosts", "::1234", "0.0.0.0", ""]
)
def test_what_only_begins_like_it_is_elsewhere(host: str) -> None:
    """Somebody else's name must not make a target local: there writes and faults need leave."""
    assert not is_loopback(host)
    target = Target(name="t", url=f"http://{host or 'x'}:80" if ":" not in host else f"http://[{host}]:80")
    assert not target.on_loopback
    assert not target.allows(target.url)
    assert host == "" or Target(name="t", url="", limits=Limits(hosts=(host,))).allows(target.url)


@given(st.ip_addresses(v=4))
def test_addresses(address: object) -> None:
    """The whole block of RFC 1122, and nothing else."""
    assert is_loopback(str(address)) == str(address).startswith("127.")
