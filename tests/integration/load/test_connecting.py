"""Where a connection leads: an address as it stands, a name by one look-up for all who ask."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from time import perf_counter

import gevent
import pytest

from harness.load.fast.addresses import Names, connected

pytestmark = pytest.mark.integration


@pytest.fixture(params=["127.0.0.1", "::1"])
def listening(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A socket that accepts by itself: the kernel completes what is in its backlog."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family, backlog=512) as server:
        yield request.param, server.getsockname()[1]


def opened(host: str, port: int, count: int = 1, within_s: float = 10.0, names: Names | None = None) -> list[object]:
    """So many at once: the peer's host of each, or its error."""
    names = names or Names()

    def one() -> object:
        try:
            sock = connected(host, port, perf_counter() + within_s, names)
        except OSError as error:
            return error
        peer = sock.getpeername()[0]
        sock.close()
        return peer

    made = [gevent.spawn(one) for _ in range(count)]
    gevent.joinall(made)
    return [one.value for one in made]


def test_an_address_needs_no_thread(listening: tuple[str, int]) -> None:
    """A resolver would start some."""
    before = threading.active_count()
    assert opened(*listening, count=200) == [listening[0]] * 200
    assert threading.active_count() == before


def test_a_name_is_tried_address_by_address() -> None:
    """`localhost` may stand for ::1 first, where nobody listens here."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        assert opened("localhost", server.getsockname()[1], count=100) == ["127.0.0.1"] * 100


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_refusal_is_told(host: str) -> None:
    """As the kernel says it, not as something of the look-up."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        (found,) = opened(host, bound.getsockname()[1])
    assert isinstance(found, ConnectionRefusedError)


@pytest.mark.parametrize("host", ["nobody.invalid", f"{'x' * 64}.invalid", "a..invalid"])  # RFC 6761: never a host
def test_nobodys_name_is_told_to_each(host: str) -> None:
    """An error of its own, though one look-up was made for all; also of what cannot be a name."""
    found = opened(host, 80, count=20)
    assert {type(one) for one in found} == {socket.gaierror}
    assert len({id(one) for one in found}) == 20


def test_a_name_is_asked_for_again() -> None:
    """A second later it may stand for another address; at once it is the same, and no second look-up."""
    asked: list[float] = []

    def told(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        asked.append(perf_counter())
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    names = Names(told)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        port = server.getsockname()[1]
        while len(asked) < 2:
            assert opened("shop.test", port, count=3, names=names) == ["127.0.0.1"] * 3
            gevent.sleep(0.05)
    assert asked[1] - asked[0] >= 1.0


def test_a_slow_look_up_ends_in_time() -> None:
    """The time for connecting counts for the name, too."""
    (found,) = opened("slow.test", 80, within_s=0.2, names=Names(lambda *_: gevent.sleep(60) or []))
    assert isinstance(found, TimeoutError)
    assert "slow.test" in str(found)
