"""How HTTP faults are written, what Envoy is told, and which would hide one another."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.faults import (
    ContentType,
    Flap,
    GrpcStatus,
    HttpStatus,
    Link,
    MalformedJson,
    ThrottledBody,
    bootstrap,
    parse,
    refuse_hidden,
)
from harness.faults.http import GrpcCode, PathPattern
from harness.faults.http.bootstrap import runtime_key, share_of_requests
from harness.model import Anchor, Fault

SEGMENT = st.text("abc.-_~+(", min_size=1, max_size=6)


def test_http_faults_are_read() -> None:
    """A number alone is the status; names of gRPC codes are taken in any case."""
    assert parse("http_status", 503) == HttpStatus(code=503)
    assert parse("grpc_status", "unavailable") == GrpcStatus(code=14)
    assert parse("content_type", {}) == ContentType(to="text/html")
    given = {"code": 500, "delay": "1s", "share": "50%", "method": "post", "path": "/orders/*", "header": {"X-A": "b"}}
    read = parse("http_status", given)
    assert read == HttpStatus(code="500", delay="1s", share=0.5, method="POST", path="/orders/*", header={"x-a": "b"})
    assert read.describe() == "status 500 after 1000 ms, on 50% of POST /orders/* with x-a: b"
    assert parse("http_status", "503 for 1s every 5s") == Flap(HttpStatus(code=503), on=1, every=5)


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("http_status", {"code": 99}, "no final HTTP status; write one from 200 to 599"),
        ("http_status", {"code": 503, "method": "PSOT"}, "is no method of HTTP; write one of GET"),
        ("http_status", {"code": 503, "path": "orders"}, "begins with /"),
        ("http_status", {"code": 503, "path": "/a?b=c"}, "without a query"),
        ("http_status", {"code": 503, "header": "x"}, "no mapping"),
        ("http_status", {"code": 503, "header": {"x y": "z"}}, "no name of a header"),
        ("http_status", {"code": 503, "share": "0%"}, "above 0%"),
        ("http_status", {"code": "from 400 to 500 over 5s"}, "no final HTTP status"),
        ("grpc_status", "OK", "no gRPC status that fails"),
        ("grpc_status", "UNAVAILIBLE", "write UNAVAILABLE"),
        ("dropped_header", "content-length", "HTTP puts it back"),
        ("content_type", {"to": "html"}, "no media type"),
        ("throttled_body", "0KB/s", "1KB/s or more"),
        ("truncated_body", {}, "truncated_body needs `keep`; write truncated_body: {keep: 64KB}"),
        ("http_statsu", 503, "did you mean `http_status`"),
    ],
)
def test_a_mistake_is_named(kind: str, given: object, says: str) -> None:
    """With the key and what to write instead."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse(kind, given)


def test_envoy_gets_each_fault_as_a_route_that_is_off() -> None:
    """Before the plain one, with its match, and with a runtime value that no request passes until it is set."""
    faults = (("slow", ThrottledBody(rate="10KB/s", path="/a/*")), ("bad", MalformedJson(header={"x-a": "*"})))
    link = Link(edge="e", port=1, host="h", upstream_port=2, grpc=False, faults=faults)
    written = json.loads(json.dumps(bootstrap([link], admin_port=3)))
    manager = written["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    slow, bad, plain = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert slow["match"]["safe_regex"]["regex"] == "/a/[^/]*"
    assert slow["match"]["runtime_fraction"]["default_value"]["numerator"] == 0
    assert slow["match"]["runtime_fraction"]["runtime_key"] == runtime_key("slow")
    assert bad["match"]["headers"] == [{"name": "x-a", "present_match": True}]
    assert "runtime_fraction" not in plain["match"]


@given(st.integers(0, 1_000_000))
def test_a_share_is_said_exactly(parts: int) -> None:
    """A plain number would be a percentage."""
    said = json.loads(share_of_requests(parts))
    assert said == ({"numerator": parts, "denominator": "MILLION"} if parts else 0)


@given(st.lists(st.one_of(SEGMENT, st.just("*"), st.just("**")), min_size=1, max_size=4))
def test_a_path_pattern_matches_its_own_example(segments: list[str]) -> None:
    """A canary asks for a path that the fault matches, whatever stands in the pattern."""
    pattern = PathPattern.parse("/" + "/".join(segments))
    assert re.fullmatch(pattern.regex, pattern.example)


@given(st.lists(SEGMENT, min_size=1, max_size=3), st.lists(SEGMENT, min_size=1, max_size=3))
def test_paths_that_share_a_request_are_never_called_apart(one: list[str], other: list[str]) -> None:
    """To let two hidden faults pass would be worse than to refuse two that are not."""
    exact, pattern = PathPattern("/" + "/".join(one)), PathPattern("/" + "/".join([*other[:-1], "*"]))
    if re.fullmatch(pattern.regex, exact):
        assert not exact.apart(pattern)
        assert not pattern.apart(exact)


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        (HttpStatus(code=503), HttpStatus(code=500, path="/a"), True),
        (HttpStatus(code=503, path="/a"), HttpStatus(code=500, path="/b"), False),
        (HttpStatus(code=503, path="/a/*"), HttpStatus(code=500, path="/a/b"), True),
        (HttpStatus(code=503, method="GET"), HttpStatus(code=500, method="POST"), False),
        (HttpStatus(code=503, header={"x": "1"}), HttpStatus(code=500, header={"x": "2"}), False),
        (HttpStatus(code=503, header={"x": "1"}), HttpStatus(code=500, header={"x": "*"}), True),
    ],
)
def test_a_fault_that_would_hide_another_is_refused(first: HttpStatus, second: HttpStatus, hidden: bool) -> None:
    """Of two that match one request at one time Envoy does the first only; at different times both are fine."""
    faults = [
        Fault(name=name, edge="e", disturbance=one, at=Anchor(0), duration=5)
        for name, one in (("a", first), ("b", second))
    ]
    refuse_hidden(faults, {"a": (0, 5), "b": (5, 10)})
    if not hidden:
        refuse_hidden(faults, {"a": (0, 5), "b": (2, 7)})
        return
    with pytest.raises(BadInput, match="may match the same request"):
        refuse_hidden(faults, {"a": (0, 5), "b": (2, 7)})


def test_every_grpc_code_is_read_from_its_name_and_number() -> None:
    """All that fail."""
    assert [GrpcCode.parse(one.name) for one in GrpcCode] == [GrpcCode.parse(str(int(one))) for one in GrpcCode]
