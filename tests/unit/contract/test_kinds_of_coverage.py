"""Coverage of every kind, and by whom."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.contract import Description, Oracle, OracleSpec, parse_description
from harness.contract.exercise import MAX_FIELDS, Exercise, documented_items, places_in
from harness.contract.kinds_of_coverage import KINDS, coverage_by, rows_of_pacts
from harness.contract.pact_file import parse_pact
from harness.model import Exchange, Outcome

ITEM = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
    },
}
ANSWER = {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
BODY = {"application/json": {"schema": {"type": "object", "properties": {"price": {"type": "integer"}}}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "x", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True}],
            "get": {
                "operationId": "read",
                "parameters": [{"name": "fields", "in": "query"}, {"name": "If-None-Match", "in": "header"}],
                "responses": {"200": {"description": "", "content": ANSWER}, "4XX": {"description": ""}},
            },
            "put": {
                "operationId": "change",
                "requestBody": {"content": BODY},
                "responses": {"204": {"description": ""}},
            },
        }
    },
    "components": {"schemas": {"Item": ITEM}},
}


def described(document: Any = DOCUMENT) -> Description:
    """As fetched."""
    return parse_description(json.dumps(document).encode(), source="x.json", target_url="http://127.0.0.1:1")


def exchange(**more: Any) -> Exchange:
    """Somebody reads an item."""
    usual: dict[str, Any] = {
        "operation": "read", "method": "GET", "url": "http://127.0.0.1:1/v1/items/1?fields=id", "outcome": Outcome.OK, "status": 200,
        "intended_ns": 0, "start_ns": 0, "end_ns": 0, "user": "1", "request_headers": {}, "request_body": b"",
        "headers": {"content-type": "application/json"}, "body": b'{"id": "1", "parts": [{"id": "2"}]}',
    }  # fmt: skip
    return Exchange(**(usual | more))


def test_all_that_a_description_documents_is_an_item() -> None:
    """A schema that refers to itself ends."""
    items = documented_items(described())
    assert items["change"] == {"parameter path id", "media type request application/json", "field request /price"}
    assert {"parameter query fields", "parameter header if-none-match", "field 200 /parts/*/id"} <= items["read"]
    assert len(items["read"]) < MAX_FIELDS


def test_each_kind_is_counted_with_who_exercised_it_and_what_never_was() -> None:
    """Load through the oracle, a pact whose answer did not come as it hoped, a fuzzer's statuses."""
    description = described()
    oracle = Oracle(OracleSpec.of(description))
    oracle.saw(exchange())
    row = {
        "description": "x",
        "request": {"method": "PUT", "path": "/items/1", "body": {"price": 3, "odd": 1}},
        "response": {"status": 204},
    }
    pact = parse_pact(
        json.dumps({"consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": [row]}), "p.json"
    )
    told = {
        "load": oracle.drain(),
        "pact": rows_of_pacts(description, [(pact, [False])]),
        "fuzz": [{"kind": "seen", "operation": "read", "status": 404, "n": 3}],
    }
    kinds = {one.kind: one for one in coverage_by(description, told)}
    assert tuple(kinds) == KINDS
    assert kinds["operations"].seen == {"read": {"load", "fuzz"}, "change": {"pact"}}
    assert (kinds["statuses"].missing, kinds["statuses"].share) == (("change 204",), 2 / 3)
    assert kinds["parameters"].missing == ("read header if-none-match",)
    assert kinds["media-types"].seen == {
        "read 200 application/json": {"load"},
        "change request application/json": {"pact"},
    }
    assert kinds["fields"].seen["change request /price"] == {"pact"}
    assert kinds["fields"].count_by("load") == 3


def test_an_item_is_told_once() -> None:
    """However often it is exercised; only what is new travels."""
    oracle = Oracle(OracleSpec.of(described()))
    oracle.saw(exchange())
    first = oracle.drain()
    oracle.saw(exchange())
    assert [row["kind"] for row in first] == ["seen", "exercised"]
    assert [row["kind"] for row in oracle.drain()] == ["seen"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary(max_size=30) | json_values.map(lambda value: json.dumps(value).encode()), st.text(max_size=20))
def test_whatever_was_sent_nothing_raises(body: bytes, url: str) -> None:
    """It stands on the hot path; bodies may be anything, and what is counted was documented."""
    exercise = Exercise(described())
    exercise.note(
        "read", url=url, request_headers={}, request_body=body, status=200, content_type="application/json", body=body
    )
    exercise.note("nothing", url=url, request_headers={}, request_body=body, status=200, content_type="", body=body)
    documented = documented_items(described())
    assert all(set(row["items"]) <= documented[str(row["operation"])] for row in exercise.drain())  # type: ignore[arg-type]
    assert all(place.startswith("/") for place in places_in(body))
