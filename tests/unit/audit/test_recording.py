"""Which requests the audit records, and under which keys."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.audit import Asked
from harness.audit.recorder import Recorder
from harness.model import Effect, Exchange, Outcome


def exchange(**more: Any) -> Exchange:
    usual: dict[str, Any] = {
        "operation": "place_order",
        "method": "POST",
        "url": "http://127.0.0.1:1/v1/orders?x=1",
        "outcome": Outcome.OK,
        "status": 201,
        "intended_ns": 0,
        "start_ns": 1,
        "end_ns": 2,
        "user": "0-1.0",
        "request_headers": {"idempotency-key": "k1", "x-request-id": "k2"},
        "request_body": json.dumps({"order": {"lines": [{"ref": "k3"}], "number": 4, "paid": True}}).encode(),
        "headers": {},
        "body": b"",
    }
    return Exchange(**(usual | more))


def keys(effect: Effect, *seen: Exchange) -> list[object]:
    recorder = Recorder([effect])
    for one in seen:
        recorder.saw(one)
    return [row["key"] for row in recorder.drain()]


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ("header Idempotency-Key", "k1"),
        ("header X-REQUEST-ID", "k2"),
        ("header X-Other", ""),
        ("body /order/lines/0/ref", "k3"),
        ("body /order/number", "4"),
        ("body /order/paid", ""),
        ("body /order", ""),
        ("body /nothing/there", ""),
        ("path", "/v1/orders"),
    ],
)
def test_a_key_is_found_where_it_is(where: str, key: str) -> None:
    """Empty where there is none: such a request is recorded, too, for nobody can vouch for it."""
    assert keys(Effect(operation="place_order", kind="order", key=where), exchange()) == [key]


@pytest.mark.parametrize("body", [b"", b"<order/>", b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_json_holds_no_key(body: bytes) -> None:
    """And stops nobody: an observer stands on the hot path."""
    assert keys(Effect(operation="*", kind="order", key="body /ref"), exchange(request_body=body)) == [""]


@pytest.mark.parametrize(
    ("spelling", "records"),
    [
        ("place_order", True),
        ("place_*", True),
        ("*", True),
        ("POST /v1/orders", True),
        ("POST /v1/{what}", True),
        ("POST /v1/*", True),
        ("PUT /v1/orders", False),
        ("POST /v1", False),
        ("place", False),
    ],
)
def test_an_operation_is_named_by_any_spelling(spelling: str, records: bool) -> None:
    """A name, a route, a template, a glob."""
    assert bool(keys(Effect(operation=spelling, kind="order"), exchange())) is records


def test_who_only_reads_asks_for_no_effect() -> None:
    """Though its name matches: without a description GET and POST may share one."""
    assert keys(Effect(operation="*", kind="order"), exchange(method="GET"), exchange(method="HEAD")) == []


def test_the_first_that_matches_counts() -> None:
    """But for a name that is written out, which beats every glob."""
    asked = Asked(
        [Effect(operation="pay*", kind="a"), Effect(operation="*", kind="b"), Effect(operation="x", kind="c")]
    )
    found = [asked.of(name, "POST", "/") for name in ("pay_now", "other", "x")]
    assert [one.kind for one in found if one] == ["a", "b", "c"]


def test_the_row_says_how_to_ask_again() -> None:
    """Method, path and operation, for the curl line of a broken promise."""
    recorder = Recorder([Effect(operation="PUT /v1/*", kind="order")])
    recorder.saw(exchange(method="PUT", operation="put it"))
    (row,) = recorder.drain()
    assert (row["method"], row["path"], row["operation"], row["f"]) == ("PUT", "/v1/orders", "put it", "order")
    assert recorder.drain() == []
