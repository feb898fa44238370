"""Links of a description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.contract.description import parse_description
from harness.contract.links import links_into
from harness.model.call import Taken

ROOT = Path(__file__).parents[3]


def document(link: dict[str, Any], *, status: str = "201") -> bytes:
    """A shop whose `place` links by `link`."""
    answer = {"description": "", "links": {"one": link}}
    return json.dumps(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "servers": [{"url": "/v1"}],
            "paths": {
                "/orders": {"post": {"operationId": "place", "responses": {status: answer}}},
                "/orders/{id}": {"get": {"operationId": "read", "responses": {"200": {"description": ""}}}},
            },
        }
    ).encode()


def links(raw: bytes) -> Any:
    """As found."""
    return links_into(parse_description(raw, source="shop", target_url="http://127.0.0.1:1"))


def test_a_link_gives_a_path_parameter() -> None:
    """By operationId, out of the body."""
    assert links(document({"operationId": "read", "parameters": {"id": "$response.body#/data/id"}})) == {
        "read": {"id": Taken(call="place", statuses=("201",), pointer="/data/id")}
    }


def test_a_link_by_reference_and_out_of_a_header() -> None:
    """`operationRef` within the document, a qualified parameter, and a header of the answer."""
    link = {"operationRef": "#/paths/~1orders~1{id}/get", "parameters": {"path.id": "$response.header.X-Order"}}
    assert links(document(link, status="2XX")) == {
        "read": {"id": Taken(call="place", statuses=("2XX",), header="X-Order")}
    }


def test_what_says_nothing_of_a_path_is_left_out() -> None:
    """Query parameters, constants, request values, links out of the document, and links that are nonsense."""
    for link in (
        {"operationId": "read", "parameters": {"query.id": "$response.body#/id"}},
        {"operationId": "read", "parameters": {"id": "constant"}},
        {"operationId": "read", "parameters": {"id": "$request.path.id"}},
        {"operationId": "place", "parameters": {"id": "$response.body#/id"}},
        {"operationRef": "https://elsewhere.example/#/paths/~1a/get", "parameters": {"id": "$response.body#/id"}},
        {"operationId": "read", "parameters": ["id"]},
        {"operationId": 7},
    ):
        assert links(document(link)) == {}


def test_the_shop_links_its_orders() -> None:
    """place -> read and cancel, transfer -> read."""
    raw = (ROOT / "contracts/openapi.json").read_bytes()
    assert {(name, p, t.call) for name, taken in links(raw).items() for p, t in taken.items()} == {
        ("read_order", "order_id", "place_order"),
        ("cancel_order", "order_id", "place_order"),
        ("read_transfer", "transfer_id", "transfer"),
    }
