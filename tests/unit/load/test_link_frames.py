import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EnvironmentFailed
from harness.load.link import Link, LinkClosed

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.text(min_size=1), values, max_size=4), max_size=3))
def test_what_is_sent_is_received_in_order(messages: list[dict[str, object]]) -> None:
    """Any message that msgpack can carry arrives whole, in order, once."""
    a, b = (Link(end) for end in socket.socketpair())
    sent: list[dict[str, object]] = [{**message, "kind": "x"} for message in messages]
    for message in sent:
        a.send(message)
    assert [b.receive(1) for _ in sent] == sent
    a.close()
    b.close()


def test_a_message_larger_than_the_socket_buffer_passes() -> None:
    """Five megabytes go through while the other side reads."""
    a, b = (Link(end, patience=20) for end in socket.socketpair())
    sender = threading.Thread(target=a.send, args=({"kind": "x", "body": b"y" * 5_000_000},))
    sender.start()
    got = b.receive(20)
    sender.join()
    assert got is not None
    assert len(str(got["body"])) >= 5_000_000


def test_silence_is_none_and_keeps_half_a_message() -> None:
    """A frame that comes in two halves is not lost by asking in between."""
    raw, end = socket.socketpair()
    link = Link(end)
    frame = struct.pack("!I", 8) + b"\x81\xa4kind\xa1x"
    raw.sendall(frame[:6])
    assert link.receive(0) is None
    raw.sendall(frame[6:])
    assert link.receive(1) == {"kind": "x"}


def test_end_of_file_is_an_error_of_its_own() -> None:
    """Whoever waits hears that the other side is gone, on receiving and on sending."""
    a, b = (Link(end) for end in socket.socketpair())
    a.close()
    with pytest.raises(LinkClosed):
        b.receive(1)
    with pytest.raises(LinkClosed):
        b.send({"kind": "x"})


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (struct.pack("!I", 2**31), "over the bound"),
        (struct.pack("!I", 3) + b"\xc1\xc1\xc1", "not msgpack"),
        (struct.pack("!I", 1) + b"\x01", "int where a message was due"),
        (struct.pack("!I", 1) + b"\x80", "dict where a message was due"),
    ],
)
def test_a_bad_frame_says_what_is_wrong(frame: bytes, says: str) -> None:
    """Garbage on the socket is an error with a reason, never a hang."""
    raw, end = socket.socketpair()
    raw.sendall(frame)
    with pytest.raises(EnvironmentFailed, match=says):
        Link(end).receive(1)
