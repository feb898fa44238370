"""Descriptions that other people wrote: read, with every operation, whatever kind they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract import parse_description
from harness.contract.description import GRAPHQL
from harness.contract.placing import line_of, placed
from harness.errors import BadDocument
from harness.model import Finding, Level

DOCUMENTS = Path(__file__).parents[2] / "documents"
SERVICE = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("name", "version", "operations", "base"),
    [
        ("airflow.yaml", "3.0.3", 89, "/api/v1"),
        ("dialogporten.json", "3.0.0", 29, "/dialogporten"),
        ("dialogporten.graphql", "GraphQL", 4, "/graphql"),
        ("galaxy.yaml", "3.1.1", 9, ""),
        ("petstore.json", "2.0", 20, "/v2"),
        ("discriminators.json", "3.0.3", 10, "/anything"),
        ("circular.json", "3.0.3", 3, ""),
        ("schema-types.json", "3.1.0", 23, ""),
    ],
)
def test_third_party_documents_are_read_whole(name: str, version: str, operations: int, base: str) -> None:
    """Each with its version, all of its operations, and where they are served."""
    raw = (DOCUMENTS / name).read_bytes()
    description = parse_description(raw, source=name, target_url=SERVICE)
    assert (description.version, len(description.operations), description.base_url) == (
        version,
        operations,
        SERVICE + base,
    )
    assert len({o.name for o in description.operations}) == operations


def test_graphql_operations_are_fields_and_match_no_traffic() -> None:
    """A query is told from a mutation, and a POST to the endpoint is taken for neither."""
    raw = (DOCUMENTS / "dialogporten.graphql").read_bytes()
    description = parse_description(raw, source="x.graphql", target_url="http://127.0.0.1:1/api/gql")
    assert (description.kind, description.base_url) == (GRAPHQL, "http://127.0.0.1:1/api/gql")
    kinds = {o.name.partition(".")[0]: o.tags for o in description.operations}
    assert kinds == {"Queries": ("query",), "Mutations": ("mutation",)}
    assert description.operations.match("POST", "/api/gql") is None
    assert description.operations.resolve("tag:mutation") == tuple(
        o.name for o in description.operations if o.tags == ("mutation",)
    )


@pytest.mark.parametrize("text", ["type Query { a: Nowhere }", "type Query {", '{"data": {"__schema": {"types": 3}}}'])
def test_a_graphql_schema_that_is_none_is_named(text: str) -> None:
    """A type that nobody defines, a brace that nobody closes, an introspection that is something else."""
    with pytest.raises(BadDocument, match="GraphQL schema"):
        parse_description(text.encode(), source="schema.graphql", target_url=SERVICE)


@pytest.mark.parametrize("name", ["airflow.yaml", "petstore.json", "galaxy.yaml"])
def test_every_operation_has_a_line_where_it_can_be_mended(name: str) -> None:
    """The line holds its method, or its operationId, and no two operations share one."""
    raw = (DOCUMENTS / name).read_bytes()
    description = parse_description(raw, source=name, target_url=SERVICE)
    text = raw.decode().splitlines()
    lines = {}
    for one in description.operations:
        line = line_of(raw, one.method, one.template[len(description.base_path) :], one.name)
        assert one.method.lower() in text[line - 1] or one.name in text[line - 1]
        lines[line] = one.name
    assert len(lines) == len(description.operations)


def test_a_finding_of_a_described_operation_says_the_file_and_the_line() -> None:
    """Of a description that was fetched, its URL."""
    raw = (DOCUMENTS / "petstore.json").read_bytes()
    found = Finding(operation="addPet", check="x", signature="", level=Level.ERROR, source="fuzz", message="")
    here = placed(found, parse_description(raw, source="api/petstore.json", target_url=SERVICE))
    assert (here.place, here.line) == ("api/petstore.json", line_of(raw, "POST", "/pet", "addPet"))
    there = placed(found, parse_description(raw, source=f"{SERVICE}/spec.json", target_url=SERVICE))
    assert (there.place, there.line) == (f"{SERVICE}/spec.json", 0)
