"""The passive oracle against Schemathesis's own conformance checks: the same answers, the same verdicts. Nothing is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from harness.contract import Description, Oracle, OracleSpec, parse_description
from harness.contract.grading import BODY, CONTENT_TYPE, HEADERS, SERVER_ERROR, STATUS
from tests.integration.contract.answers import Answer, answers, exchange_of

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]
DOCUMENTS = {
    "contracts/openapi.json": 2500,
    "tests/documents/dialogporten.json": 2500,
    "tests/documents/galaxy.yaml": 2000,
    "tests/documents/petstore.json": 2000,
    "tests/documents/airflow.yaml": 1500,
}
MOST = 1500  # answers of each of our own


def shapes(version: str) -> dict[str, Any]:
    """A document of what is easily read in two ways: what may be null or is write-only behind references and in parts, formats that draft 4
    does not know, discriminators, headers of many values and types."""
    modern = version >= "3.1"
    kinds = {"Cat": {"lives": {"type": "integer"}}, "Dog": {"barks": {"type": "boolean"}}}
    schemas: dict[str, Any] = {
        name: {
            "type": "object",
            "required": ["kind", *own],
            "properties": {"kind": {"type": "string", "enum": [name, "cow"]}, **own},
        }
        for name, own in kinds.items()
    }
    schemas["Name"] = {"type": "string"}
    schemas["Secret"] = {"type": "string", "writeOnly": True}
    schemas["Pet"] = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in kinds],
        "discriminator": {"propertyName": "kind"},
    }
    null = (
        {"type": ["string", "null"], "enum": ["a"]}
        if modern
        else {"$ref": "#/components/schemas/Name", "nullable": True}
    )
    schemas["Thing"] = {
        "type": "object",
        "required": ["id", "secret", "pet"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "for": {"type": "string", "format": "duration"},
            "secret": {"$ref": "#/components/schemas/Secret"},
            "maybe": null,
            "pet": {"$ref": "#/components/schemas/Pet"},
        },
    }
    schemas["Parts"] = {
        "required": ["a", "secret"],
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"type": "object", "properties": {"secret": {"type": "string", "writeOnly": True}}},
        ],
    }
    headers = {
        "X-Numbers": {"schema": {"type": "array", "items": {"type": "integer"}}},
        "X-Left": {"schema": {"type": ["integer", "null"] if modern else "integer"}},
    }
    paths = {
        f"/{name.lower()}": {
            "get": {
                "responses": {
                    "200": {
                        "description": "",
                        "headers": headers,
                        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
                    }
                }
            }
        }
        for name in ("Thing", "Parts", "Pet")
    }
    return {
        "openapi": version,
        "info": {"title": "shapes", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


# In two turns: Schemathesis takes a fault of a header and the like fault of a body for one.
TURNS = (
    [checks.status_code_conformance, checks.content_type_conformance, checks.response_headers_conformance],
    [checks.response_schema_conformance],
)
_KINDS = {
    "UndefinedStatusCode": STATUS,
    "MissingContentType": CONTENT_TYPE,
    "UndefinedContentType": CONTENT_TYPE,
    "MalformedMediaType": CONTENT_TYPE,
    "MissingHeaders": HEADERS,
    "MalformedJson": BODY,
}


def theirs(operation: Any, answer: Answer, sent: Any) -> frozenset[str]:
    """The checks that fail."""
    response = schemathesis.Response(
        status_code=answer.status,
        headers={name: [value] for name, value in answer.headers.items()},
        content=answer.body,
        request=sent,
        elapsed=0.1,
        verify=False,
    )
    named = dict.fromkeys(re.findall(r"\{([^}]*)\}", answer.path), "1")
    found: set[str] = set()
    for turn in TURNS:
        try:
            operation.Case(path_parameters=named).validate_response(response, checks=turn)
        except FailureGroup as group:
            found |= {_kind(failure) for failure in group.exceptions}
        except Failure as failure:
            found.add(_kind(failure))
    if "swagger" in operation.schema.raw_schema and (STATUS in found or answer.status in (204, 304)):
        found.discard(
            CONTENT_TYPE
        )  # on purpose: `produces` says nothing of an undocumented status, or of an answer without a body
    return frozenset(found)


def _kind(failure: Any) -> str:
    name = type(failure).__name__
    return _KINDS.get(name) or (HEADERS if "header" in failure.title.lower() else BODY)


def ours(oracle: Oracle, description: Description, answer: Answer) -> frozenset[str]:
    """The same of the oracle, which is asked as the load asks it."""
    path = re.sub(r"\{[^}]*\}", "1", description.base_path + answer.path)
    oracle.saw(exchange_of(answer, f"http://127.0.0.1:1{path}", "as the locustfile calls it"))
    rows = oracle.drain()
    assert [row for row in rows if row["kind"] in ("broken", "unmatched")] == []
    return frozenset(str(row["check"]) for row in rows if row["kind"] == "finding")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_oracle_agrees_with_schemathesis(name: str) -> None:
    """On every answer: which of status, content type, headers and body break the description. A 5xx that is no documented degradation is a
    server error for the oracle, whatever else is wrong with it."""
    agree((ROOT / name).read_bytes(), name, DOCUMENTS[name])


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_oracle_agrees_on_what_is_easily_read_in_two_ways(version: str) -> None:
    """As on documents that none of us wrote."""
    agree(json.dumps(shapes(version)).encode(), "shapes.json", MOST)


def agree(raw: bytes, name: str, count: int) -> None:
    """So many answers of a document, good and bad, are judged alike."""
    description = parse_description(raw, source=name, target_url="http://127.0.0.1:1")
    oracle = Oracle(OracleSpec.of(description))
    schema = schemathesis.openapi.from_dict(dict(description.document))
    schema.config.update(base_url="http://127.0.0.1:1")
    operations = {(one.ok().method.upper(), one.ok().path): one.ok() for one in schema.get_all_operations()}
    sent = requests.Request("GET", "http://127.0.0.1:1/").prepare()
    differ, failing = [], 0
    for answer in answers(description.document, count, seed=7):
        expected = theirs(operations[(answer.method, answer.path)], answer, sent)
        found = ours(oracle, description, answer)
        failing += bool(expected)
        if found != expected and SERVER_ERROR not in found:
            differ.append((answer, sorted(expected), sorted(found)))
    assert differ[:3] == [], f"{len(differ)} of {count} answers"
    assert 0.1 < failing / count < 0.95  # both kinds of answer were among them


def test_at_least_ten_thousand_answers_are_compared() -> None:
    """Over several documents that none of us wrote."""
    assert sum(DOCUMENTS.values()) >= 10_000
