"""What a probe sees of HTTP faults, and how it reads an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults import (
    ContentType,
    DroppedHeader,
    GrpcStatus,
    HttpFault,
    HttpStatus,
    Latency,
    MalformedJson,
    Probe,
    ThrottledBody,
    TruncatedBody,
    http_probe,
)
from harness.faults.canary import Observation, Outcome, seen
from harness.faults.canary.answer import Answer

JSON = {"content-type": "application/json", "etag": "1"}


def told(
    status: int = 200, headers: dict[str, str] = JSON, body: bytes = b'{"a": 1}', seconds: float = 0.001
) -> list[Observation]:
    answer = Answer(status=status, headers=headers, body=body, whole=True)
    return [Observation(outcome=Outcome.ANSWERED, seconds=seconds, size=100, answer=answer)] * 3


BIG = b'{"a": "' + b"x" * 20_000 + b'"}'


@pytest.mark.parametrize(
    ("fault", "under", "calm"),
    [
        (HttpStatus(code=503), told(503, {}, b"no"), told()),
        (HttpStatus(code=503, delay="1s"), told(503, {}, b"no", seconds=1.0), told()),
        (GrpcStatus(code="UNAVAILABLE"), told(headers={"grpc-status": "14"}, body=b""), told()),
        (TruncatedBody(keep="3B"), told(body=b'{"a'), told()),
        (MalformedJson(), told(body=b'{"a": 1,'), told()),
        (ContentType(to="text/html"), told(headers={"content-type": "text/html"}), told()),
        (DroppedHeader(name="ETag"), told(headers={"content-type": "application/json"}), told()),
        (ThrottledBody(rate="10KB/s"), told(body=BIG, seconds=2.0), told(body=BIG)),
    ],
    ids=lambda one: getattr(one, "kind", None),
)
def test_an_http_fault_is_told_from_calm(fault: HttpFault, under: list[Observation], calm: list[Observation]) -> None:
    """Seen where the answers are what it makes of them, not seen where they are as before."""
    assert (seen(fault, calm, under).seen, seen(fault, calm, calm).seen) == (True, False)


@pytest.mark.parametrize(
    ("fault", "calm"),
    [
        (HttpStatus(code=404), told(404)),
        (TruncatedBody(keep="1KB"), told()),
        (MalformedJson(), told(headers={"content-type": "text/plain"})),
        (ContentType(to="application/json"), told()),
        (DroppedHeader(name="x-other"), told()),
        (ThrottledBody(rate="10KB/s"), told()),
    ],
    ids=lambda one: getattr(one, "kind", None),
)
def test_what_an_answer_cannot_show_is_unknown(fault: HttpFault, calm: list[Observation]) -> None:
    """An answer that is already so, or has nothing to lose, proves nothing."""
    assert seen(fault, calm, calm).seen is None


def test_a_status_at_once_is_no_late_status() -> None:
    """The delay is a part of what was asked."""
    assert seen(HttpStatus(code=503, delay="1s"), told(), told(503)).seen is False


def test_a_latency_is_seen_beside_faults_on_other_requests() -> None:
    """An HTTP fault that may hit the plain probe hides what it measures."""
    late, slow = told(seconds=0.301), Latency(delay="300ms")
    assert seen(slow, told(), late, others=[HttpStatus(code=503, path="/orders")]).seen is True
    assert seen(slow, told(), late, others=[HttpStatus(code=503)]).seen is None


PLAIN = Probe(protocol="http", host="h", port=1)


def test_a_probe_is_a_request_that_the_fault_matches() -> None:
    """By method, path and header."""
    one = http_probe(PLAIN, "f", HttpStatus(code=503, method="HEAD", path="/a/*", header={"x": "*", "y": "z"}))
    assert (one.method, one.path, one.headers) == ("HEAD", "/a/harness-canary", (("x", "x-harness-canary"), ("y", "z")))
    assert one.is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")


def test_a_probe_never_sends_what_may_change_something() -> None:
    """It is named by a header instead; a gRPC call goes to the health service."""
    one = http_probe(PLAIN, "f", HttpStatus(code=503, method="POST", path="/orders"))
    assert (one.method, one.path, one.headers) == ("GET", "/", (("x-harness-canary", "f"),))
    call = http_probe(Probe(protocol="grpc", host="h", port=1), "f", GrpcStatus(code=14, path="/shop.Orders/Place"))
    assert (call.method, call.path) == ("POST", "/grpc.health.v1.Health/Check")


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=5), st.integers(0, 300))
def test_a_chunked_answer_is_whole_when_its_last_chunk_came(chunks: list[bytes], cut: int) -> None:
    """And never before, wherever the network cut it."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed
    read = Answer.read(raw)
    assert read is not None
    assert (read.body, read.whole) == (b"".join(chunks), True)
    part = Answer.read(raw[: max(0, len(raw) - 5 - cut)])
    assert part is None or not part.whole
