"""Pacts held against the provider's description, without sending anything."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from harness.contract import parse_description
from harness.contract.pact_file import parse_pact
from harness.contract.pact_promise import hold_against
from harness.model import Level

ITEM = {
    "type": "object",
    "required": ["id", "price", "stock"],
    "properties": {
        "id": {"type": "string"},
        "price": {"type": "integer"},
        "stock": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "extra": {"type": "object"},
        "kind": {
            "oneOf": [
                {"properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {}}, "required": ["b"]},
            ]
        },
    },
}
CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "shop", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/items/{id}": {
            "parameters": [
                {"name": "fields", "in": "query", "schema": {"type": "string"}},
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 8}},
                {"name": "many", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
                {
                    "name": "limit",
                    "in": "query",
                    "schema": {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "boolean"}]},
                },
                {"name": "X-Trace", "in": "header", "schema": {"type": "integer"}},
                {"name": "Accept", "in": "header", "schema": {"type": "integer"}},
                {"name": "who", "in": "cookie", "schema": {"enum": ["me", "you"]}},
            ],
            "get": {
                "operationId": "read_item",
                "responses": {
                    "200": {
                        "description": "",
                        "content": CONTENT,
                        "headers": {"X-Left": {"schema": {"type": "integer"}}},
                    },
                    "404": {"$ref": "#/components/responses/Missing"},
                },
            },
            "put": {
                "operationId": "change_item",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["price", "at"],
                                "properties": {
                                    "price": {"type": "integer"},
                                    "at": {"type": "string", "readOnly": True},
                                },
                            }
                        }
                    }
                },
                "parameters": [{"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}}],
                "responses": {"204": {"description": ""}},
            },
        }
    },
    "components": {
        "schemas": {"Item": ITEM},
        "responses": {
            "Missing": {
                "description": "",
                "content": {
                    "application/problem+json": {
                        "schema": {"type": "object", "properties": {"title": {"type": "string"}}}
                    }
                },
            }
        },
    },
}


def reliance(
    request: dict[str, Any], response: dict[str, Any], document: dict[str, Any] = DOCUMENT
) -> list[tuple[str, str, str]]:
    """Check without its prefix, operation and signature of what is found."""
    row = {"description": "x", "request": request, "response": response}
    pact = parse_pact(
        json.dumps({"consumer": {"name": "web"}, "provider": {"name": "shop"}, "interactions": [row]}), "p.json"
    )
    description = parse_description(
        json.dumps(document).encode(), source="openapi.json", target_url="http://127.0.0.1:1"
    )
    found = hold_against(description, [pact])
    levels = {"pact_contradicts_description": Level.ERROR, "pact_relies_on_undocumented": Level.WARNING}
    assert all(one.level is levels[one.check] for one in found)
    return [(one.check.split("_")[1], one.operation, one.signature.removeprefix("web: ")) for one in found]


READ = {"method": "GET", "path": "/v1/items/1"}
PUT = {"method": "PUT", "path": "/v1/items/1?dry=true"}


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (READ, {"status": 200, "body": {"id": "1", "price": 3}}),  # not all of it: `stock` is required of the provider, not of its reader
        ({"method": "GET", "path": "/items/1"}, {"status": 200, "body": {"id": "1"}}),  # a path under the base URL
        ({**READ, "query": "fields=id"}, {"status": 200}),
        (READ, {"status": 200, "body": {"extra": {"anything": {"goes": 1}}}}),
        (READ, {"status": 200, "body": {"kind": {"b": 1}}}),
        (READ, {"status": 404, "headers": {"Content-Type": "application/problem+json"}, "body": {"title": "none"}}),
        ({**READ, "query": "limit=9&many=1&many=x", "headers": {"X-Trace": "3", "Accept": "*/*", "Cookie": "who=me"}}, {"status": 200}),
        (READ, {"status": 200, "headers": {"X-Left": "3", "Date": "now", "Content-Length": "2"}}),
        ({**PUT, "body": {"price": 3}}, {"status": 204}),  # `at` is read-only
    ],
)  # fmt: skip
def test_what_is_documented_is_no_finding(request_: dict[str, Any], response: dict[str, Any]) -> None:
    """A consumer may read less than everything."""
    assert reliance(request_, response) == []


@pytest.mark.parametrize(
    ("request_", "response", "expected"),
    [
        ({"method": "GET", "path": "/v2/items"}, {"status": 200}, ("relies", "GET /v2/items", "operation")),
        ({**READ, "query": {"sort": ["price"]}}, {"status": 200}, ("relies", "read_item", "query sort")),
        ({**READ, "query": "limit=ten"}, {"status": 200}, ("contradicts", "read_item", "query limit anyOf")),
        ({**READ, "path": "/items/123456789"}, {"status": 200}, ("contradicts", "read_item", "path id maxLength")),
        ({**READ, "headers": {"x-trace": "a"}}, {"status": 200}, ("contradicts", "read_item", "header X-Trace type")),
        ({**READ, "headers": {"Cookie": "who=them"}}, {"status": 200}, ("contradicts", "read_item", "cookie who enum")),
        ({**READ, "method": "PUT"}, {"status": 204}, ("contradicts", "change_item", "query dry required")),
        (READ, {"status": 200, "headers": {"ETag": "x"}}, ("relies", "read_item", "200 header etag")),
        (READ, {"status": 200, "headers": {"X-Left": "few"}}, ("contradicts", "read_item", "200 header x-left type")),
        (READ, {"status": 410}, ("relies", "read_item", "status 410")),
        (READ, {"status": 200, "body": {"colour": "red"}}, ("relies", "read_item", "200 /colour")),
        (READ, {"status": 200, "body": {"tags": [{"hue": "red"}]}}, ("relies", "read_item", "200 /tags/*/hue")),
        (READ, {"status": 200, "headers": {"content-type": "text/csv"}, "body": "a,b"}, ("relies", "read_item", "200 text/csv")),
        (READ, {"status": 200, "body": {"price": "3"}}, ("contradicts", "read_item", "200 /price type")),
        ({**PUT, "body": {"price": "3"}}, {"status": 204}, ("contradicts", "change_item", "request /price type")),
        ({**PUT, "body": {}}, {"status": 204}, ("contradicts", "change_item", "request / required")),
        ({**PUT, "body": {"price": 1, "x": 2}}, {"status": 204}, ("relies", "change_item", "request /x")),
        ({**READ, "body": {"a": 1}}, {"status": 200}, ("relies", "read_item", "request body")),
    ],
)  # fmt: skip
def test_what_is_not_documented_is_named(
    request_: dict[str, Any], response: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    """Once, with its operation and its place."""
    assert reliance(request_, response) == [expected]


def test_a_description_that_describes_nothing_says_nothing() -> None:
    """No operations, no findings; a schema that is none is not the consumer's fault."""
    empty = {**DOCUMENT, "paths": {}}
    broken = copy.deepcopy(DOCUMENT)
    broken["components"]["schemas"]["Item"] = {"type": "no such type"}
    assert reliance(READ, {"status": 200, "body": {"id": 1}}, empty) == []
    assert reliance(READ, {"status": 200, "body": {"id": 1}}, broken) == []


def test_examples_of_version_four_are_unwrapped() -> None:
    """`content` is the body; what is encoded is left alone."""
    wrapped = {"content": {"colour": 1}, "contentType": "application/json", "encoded": False}
    encoded = {"content": "AAAA", "contentType": "application/json", "encoded": "base64"}
    assert reliance(READ, {"status": 200, "body": wrapped}) == [("relies", "read_item", "200 /colour")]
    assert reliance(READ, {"status": 200, "body": encoded}) == []


CHANGE = DOCUMENT["paths"]["/items/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "shop", "version": "1"},
    "basePath": "/v1",
    "paths": {
        "/items/{id}": {
            "parameters": [
                {"$ref": "#/parameters/Change"},
                {"name": "dry", "in": "query", "required": True, "type": "boolean"},
            ],
            "put": {"operationId": "change_item", "responses": {"204": {"description": ""}}},
        },
        "/forms": {
            "post": {
                "operationId": "fill",
                "parameters": [{"name": "a", "in": "formData", "type": "string"}],
                "responses": {"204": {"description": ""}},
            }
        },
        "/none": {"post": {"operationId": "none", "responses": {"204": {"description": ""}}}},
    },
    "parameters": {"Change": {"name": "change", "in": "body", "schema": {"$ref": "#/definitions/Change"}}},
    "definitions": {"Change": CHANGE},
}


def shared(document: dict[str, Any]) -> dict[str, Any]:
    """The same with the request body among the components."""
    other = copy.deepcopy(document)
    put = other["paths"]["/items/{id}"]["put"]
    other["components"]["requestBodies"] = {"Change": put["requestBody"]}
    put["requestBody"] = {"$ref": "#/components/requestBodies/Change"}
    return other


@pytest.mark.parametrize("document", [shared(DOCUMENT), SWAGGER], ids=["by reference", "2.0"])
def test_a_body_is_judged_wherever_it_is_described(document: dict[str, Any]) -> None:
    """Among the components, or as a parameter of its path."""
    put = PUT
    done = {"status": 204}
    assert reliance({**put, "body": {"price": 3, "at": "now"}}, done, document) == []
    assert reliance({**put, "body": {"price": "3", "at": "now"}}, done, document) == [
        ("contradicts", "change_item", "request /price type")
    ]
    assert reliance({**put, "body": {"price": 3, "at": "now", "x": 1}}, done, document) == [
        ("relies", "change_item", "request /x")
    ]


def test_a_parameter_of_version_two_is_its_own_schema() -> None:
    """`required: true` is no keyword of it."""
    put = {"method": "PUT", "path": "/v1/items/1", "query": "dry=maybe"}
    assert reliance(put, {"status": 204}, SWAGGER) == [("contradicts", "change_item", "query dry type")]


def test_a_body_that_nobody_describes_is_told_in_version_two() -> None:
    """A form is a body."""
    post = {"method": "POST", "body": {"a": "1"}}
    assert reliance({**post, "path": "/v1/forms"}, {"status": 204}, SWAGGER) == []
    assert reliance({**post, "path": "/v1/none"}, {"status": 204}, SWAGGER) == [("relies", "none", "request body")]
