"""Descriptions: JSON or YAML, any version, odd ones named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract import coverage, parse_description
from harness.contract.description import base_url_of
from harness.errors import BadDocument

YAML = b"""
openapi: 3.0.3
servers: [{url: 'https://elsewhere.example/{version}/', variables: {version: {default: v2}}}]
paths:
  /a/{id}:
    parameters: []
    get: {operationId: read_a, tags: [a], responses: {200: {description: ok}, 4XX: {description: no}}}
    x-note: none
  /b: {post: {responses: {default: {description: any}}}, put: not an operation}
  /c: {$ref: '#/components/pathItems/c'}
components: {pathItems: {c: {delete: {responses: {204: {description: gone}}}}}}
"""


def parse(raw: bytes, url: str = "http://127.0.0.1:1") -> Any:
    """As fetched."""
    return parse_description(raw, source="openapi.yaml", target_url=url)


def test_yaml_gives_operations_with_the_servers_path_and_the_targets_host() -> None:
    """The base path opens every template; the host that the document names is never used."""
    description = parse(YAML)
    assert description.base_url == "http://127.0.0.1:1/v2"
    assert [(o.name, o.route) for o in description.operations] == [
        ("read_a", "GET /v2/a/{id}"),
        ("POST /v2/b", "POST /v2/b"),
        ("DELETE /v2/c", "DELETE /v2/c"),
    ]
    assert description.odd == ("PUT /v2/b is no operation object",)


@pytest.mark.parametrize(
    ("document", "url", "expected"),
    [
        ({"openapi": "3.1.0"}, "http://h:1/", "http://h:1"),
        ({"openapi": "3.1.0", "servers": [{"url": "/v1"}]}, "http://h:1", "http://h:1/v1"),
        ({"openapi": "3.1.0", "servers": [{"url": "/v1"}]}, "http://h:1/gateway/", "http://h:1/gateway"),
        ({"openapi": "3.1.0", "servers": "odd"}, "http://h:1", "http://h:1"),
        ({"swagger": "2.0", "basePath": "/old/"}, "https://h", "https://h/old"),
    ],
)
def test_the_targets_own_path_wins_over_the_documents(document: dict[str, Any], url: str, expected: str) -> None:
    """Somebody who wrote a path knew it."""
    assert base_url_of(document, url) == expected


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{oops", "openapi.yaml:1: It is not JSON"),
        (b"a: [\nb: }", "openapi.yaml:2"),
        (b"- 1", "neither `openapi:` nor `swagger:`"),
        (b"<html>", "neither `openapi:` nor `swagger:`"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"openapi": "3.1.0", "paths": []}', "not a mapping"),
    ],
)
def test_what_is_no_description_says_what_and_where(raw: bytes, said: str) -> None:
    """BadDocument, which exits 3."""
    with pytest.raises(BadDocument) as caught:
        parse(raw)
    assert said in str(caught.value)


def test_references_that_go_round_in_a_circle_end() -> None:
    """A path item that is itself is no operation."""
    document = {"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/paths/~1a"}}}
    assert len(parse(json.dumps(document).encode()).operations) == 0


def test_coverage_counts_documented_statuses_by_range_and_default() -> None:
    """What was seen is told in the words of the document, and so is what was not."""
    rows = [
        {"kind": "seen", "operation": "read_a", "status": 404, "n": 2},
        {"kind": "seen", "operation": "POST /v2/b", "status": 500, "n": 1},
        {"kind": "seen", "operation": "unknown", "status": 200, "n": 1},
    ]
    reached = coverage(parse(YAML), rows)
    assert reached.operations_seen == {"read_a", "POST /v2/b"}
    assert reached.statuses_seen == {("read_a", "4XX"), ("POST /v2/b", "default")}
    assert reached.never_seen == ("DELETE /v2/c 204", "read_a 200")
    assert reached.of_statuses == 0.5
