"""The passive oracle on GraphQL: the query says what is promised."""

from __future__ import annotations

import json
from typing import Any

import graphql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract import Oracle, OracleSpec, merge_findings, parse_description
from harness.contract.graphql_answers import GraphQLAnswers
from harness.model import Exchange, Outcome

SCHEMA = """
interface Being { id: ID! name: String }
type Human implements Being { id: ID! name: String height: Float friends: [Being!]! }
type Droid implements Being { id: ID! name: String job: Job }
enum Job { PILOT COOK }
scalar Date
type Query { hero(id: ID!): Being human: Human! count: Int! born: Date many: [[Int!]]! }
type Mutation { rename(id: ID!, name: String!): Human }
type Subscription { ticks: Int! }
"""
HERO = '{ hero(id: "1") { id name ... on Human { height } ... on Droid { job } } }'


def oracle() -> Oracle:
    """As a worker gets it."""
    return Oracle(OracleSpec.from_row(OracleSpec.of(DESCRIBED).to_row()))


def answer(query: str, body: Any, status: int = 200, path: str = "/graphql", **headers: str) -> Exchange:
    """To one POST."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(
        operation="an alias",
        method="POST",
        url=f"http://127.0.0.1:1{path}",
        outcome=Outcome.OK if status < 400 else Outcome.SERVER_ERROR,
        status=status,
        intended_ns=1,
        start_ns=2,
        end_ns=3,
        user="1",
        request_headers={},
        request_body=json.dumps({"query": query}).encode(),
        headers={"content-type": "application/json", **headers},
        body=raw,
    )


def found(*exchanges: Exchange) -> list[tuple[str, str, str]]:
    """Operation, check and signature of what is wrong."""
    one = oracle()
    for exchange in exchanges:
        one.saw(exchange)
    rows = one.drain()
    assert [row for row in rows if row["kind"] in ("broken", "unmatched")] == []
    return [(f.operation, f.check, f.signature) for f in merge_findings(rows)]


def hero(**about: Any) -> dict[str, Any]:
    """An answer to HERO."""
    return {"data": {"hero": {"id": "1", "name": None, **about}}}


HUMAN = "{ human { id name height friends { id } } }"
BODY, ERROR = "response_schema_conformance", "not_a_server_error"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (HERO, hero(height=1.5)),
        (HERO, hero(job="COOK")),
        (HERO, hero()),
        (HERO, {"data": {"hero": None}}),
        ("{ a: count born many }", {"data": {"a": 1, "born": {"any": 1}, "many": [[1], None]}}),
        ("{ count @skip(if: true) born }", {"data": {"born": None}}),
        ("fragment F on Human { friends { __typename ... on Droid { job } } } { human { ...F } }",
         {"data": {"human": {"friends": [{"__typename": "Droid", "job": "PILOT"}, {"__typename": "Human"}]}}}),
        ("{ hero { id } }", {"data": None}),  # not valid: nothing is promised, see below
        ("{ count }", {"errors": [{"message": "no", "extensions": {"code": "BAD_USER_INPUT"}, "path": ["count"]}], "data": None}),
        ("{ count }", {"errors": [{"message": "no variables"}]}),
        ('mutation { rename(id: 1, name: "x") { id } }', {"data": {"rename": {"id": 1}}}),
    ],
)  # fmt: skip
def test_an_answer_as_the_schema_promises_is_no_finding(query: str, body: Any) -> None:
    """Fragments, conditions, aliases, nulls where they may be, and refusals."""
    one = oracle()
    one.saw(answer(query, body))
    assert [row for row in one.drain() if row["kind"] in ("finding", "broken")] == []


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("{ count }", {"data": {"count": "1"}}, ("Query.count", BODY, "200 /data/count type")),
        ("{ count }", {"data": {"count": None}}, ("Query.count", BODY, "200 /data/count type")),
        ("{ count }", {"data": {}}, ("Query.count", BODY, "200 /data required")),
        ("{ a: count }", {"data": {"a": 1, "b": 2}}, ("Query.count", BODY, "200 /data additionalProperties")),
        ("{ count }", {"data": {"count": 2**40}}, ("Query.count", BODY, "200 /data/count type")),
        ("{ many }", {"data": {"many": [[1, None]]}}, ("Query.many", BODY, "200 /data/many/*/* type")),
        (HERO, hero(height="tall"), ("Query.hero", BODY, "200 /data/hero/height type")),
        (HERO, hero(job="KING"), ("Query.hero", BODY, "200 /data/hero/job enum")),
        ("{ human { friends { __typename } } }", {"data": {"human": {"friends": [{"__typename": "Cat"}]}}},
         ("Query.human", BODY, "200 /data/human/friends/*/__typename enum")),
        ("{ human { friends { ... on Being { id } } } }", {"data": {"human": {"friends": [[]]}}},
         ("Query.human", BODY, "200 /data/human/friends/* type")),
        ("{ count }", b"<html>", ("Query.count", BODY, "200 / json")),
        ("{ count }", [], ("Query.count", BODY, "200 / type")),
        ("{ count }", {}, ("Query.count", BODY, "200 /data required")),
        ("{ count }", {"errors": []}, ("Query.count", BODY, "200 /errors type")),
        ("{ hero(id: 1) { id } born }", {"data": {"born": None, "hero": None}, "errors": [{"message": "x", "path": ["hero"]}]},
         ("Query.hero", ERROR, "hero")),
        ("{ count }", {"data": None, "errors": [{"message": "Cannot return null for non-nullable field Query.count.", "path": ["count"]}]},
         ("Query.count", BODY, "count")),
    ],
)  # fmt: skip
def test_each_departure_is_one_finding_of_its_field(query: str, body: Any, expected: tuple[str, str, str]) -> None:
    """Types, nulls, what is missing, what nobody asked for, and errors."""
    assert found(answer(query, body)) == [expected]


def test_status_and_content_type_are_judged_too() -> None:
    """GraphQL over HTTP answers JSON with 200; a refusal (4xx) says nothing of the schema."""
    good = {"data": {"count": 1}}
    html = {"content-type": "text/html"}
    assert found(answer("{ count }", good, 503)) == [("Query.count", ERROR, "503")]
    assert found(answer("{ count }", good, 401)) == []
    assert found(answer("{ count }", good, 201)) == [("Query.count", "status_code_conformance", "201")]
    assert found(answer("{ count }", good, **html)) == [("Query.count", "content_type_conformance", "text/html")]


def test_what_no_query_of_the_schema_asks_is_counted_as_unmatched() -> None:
    """Another address, an invalid query, a subscription, introspection, what is no query; answers that were held are told as seen."""
    one = oracle()
    for query in ("{ nothing }", "{", "subscription { ticks }", "{ __schema { types { name } } }"):
        one.saw(answer(query, {"data": None}))
    one.saw(answer("{ count }", {}, path="/else"))
    one.saw(answer("{ count }", {"data": {"count": 1}}))
    assert one.drain() == [
        {"kind": "seen", "operation": "Query.count", "status": 200, "n": 1},
        {"kind": "unmatched", "n": 5},
    ]


DESCRIBED = parse_description(SCHEMA.encode(), source="x.graphql", target_url="http://127.0.0.1:1")
BUILT = graphql.build_schema(SCHEMA)
ANSWERS = GraphQLAnswers(DESCRIBED.document)


def faults(query: str, body: Any) -> list[tuple[str, tuple[str, str, str]]]:
    """As the oracle asks for them."""
    exchange = answer(query, body)
    asked = ANSWERS.asked(exchange)
    assert asked is not None
    return ANSWERS.faults(asked, exchange)


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("id", "name", "height")), inner),
    max_leaves=6,
)


@given(
    id_=st.text(max_size=3),
    name=st.none() | st.text(max_size=3),
    height=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
@settings(max_examples=30, deadline=None)
def test_what_graphql_itself_answers_is_never_a_finding(id_: str, name: str | None, height: float | None) -> None:
    """graphql-core executes the query on these data; the oracle agrees with it."""
    droid = {"__typename": "Droid", "id": id_, "name": name, "job": "PILOT"}
    data = {"human": {"id": id_, "name": name, "height": height, "friends": [droid]}, "count": 1, "many": [[1], None]}
    query = "{ count many human { id name height friends { id ... on Droid { job } ... on Human { height } } } }"
    result = graphql.graphql_sync(BUILT, query, root_value=data)
    assert result.errors is None
    assert faults(query, result.formatted) == []


@given(VALUES)
@settings(max_examples=50, deadline=None)
def test_whatever_comes_it_does_not_break(value: Any) -> None:
    """It stands on the hot path."""
    faults(HUMAN, value)
    faults(HUMAN, {"data": {"human": value}})
    faults(HUMAN, {"errors": value, "data": value})
