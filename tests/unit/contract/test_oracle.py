"""The passive oracle."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from harness.contract import Oracle, OracleSpec, merge_findings, parse_description
from harness.contract.dialect import Schemas
from harness.contract.oracle import MAX_KINDS, TOO_LONG
from harness.errors import BadInput
from harness.model import Exchange, Level, Outcome

PROBLEM = {
    "description": "refused",
    "content": {"application/problem+json": {"schema": {"type": "object", "required": ["title"]}}},
}
ITEM = {
    "type": "object",
    "required": ["id", "price"],
    "properties": {"id": {"type": "string"}, "price": {"type": "integer"}, "note": {"type": ["string", "null"]}},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/items/{id}": {
            "get": {
                "operationId": "read_item",
                "responses": {
                    "200": {
                        "description": "an item",
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                    },
                    "4XX": PROBLEM,
                    "503": {
                        "description": "later",
                        "headers": {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
                    },
                },
            }
        },
        "/items": {
            "get": {
                "responses": {
                    "200": {
                        "description": "items",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
                            }
                        },
                    },
                    "default": PROBLEM,
                }
            }
        },
    },
    "components": {"schemas": {"Item": ITEM}},
}


def spec_of(document: dict[str, Any] = DOCUMENT, *spellings: str, **secrets: str) -> OracleSpec:
    """What an oracle is built from."""
    raw = json.dumps(document).encode()
    description = parse_description(raw, source="openapi.json", target_url="http://127.0.0.1:1")
    return OracleSpec.of(description, spellings or ("all",), secrets=secrets)


def oracle(document: dict[str, Any] = DOCUMENT, *spellings: str, **secrets: str) -> Oracle:
    """An oracle as a worker gets it: through the row that msgpack carries."""
    return Oracle(OracleSpec.from_row(spec_of(document, *spellings, **secrets).to_row()))


def answer(
    status: int = 200,
    body: Any = None,
    *,
    path: str = "/v1/items/kettle",
    outcome: Outcome = Outcome.OK,
    headers: dict[str, str] | None = None,
    operation: str = "an alias",
    at_ns: int = 5,
) -> Exchange:
    """One exchange; its body defaults to a good item."""
    raw = (
        body if isinstance(body, bytes) else json.dumps({"id": "kettle", "price": 3} if body is None else body).encode()
    )
    return Exchange(
        operation=operation,
        method="GET",
        url=f"http://127.0.0.1:1{path}",
        outcome=outcome,
        status=status,
        intended_ns=1,
        start_ns=2,
        end_ns=at_ns,
        user="1",
        request_headers={"Authorization": "Bearer s3cret"},
        request_body=b"",
        headers={"content-type": "application/json", "etag": "x"} if headers is None else headers,
        body=raw,
    )


def found(*exchanges: Exchange, document: dict[str, Any] = DOCUMENT) -> list[tuple[str, str, str]]:
    """Check, signature and level of what an oracle finds."""
    watching = oracle(document)
    for exchange in exchanges:
        watching.saw(exchange)
    rows = watching.drain()
    assert [row for row in rows if row["kind"] in ("broken", "unjudged", "unmatched")] == []
    return [(f.check, f.signature, f.level.value) for f in merge_findings(rows)]


class Counted(Schemas):
    """Says how often each schema was compiled."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document)
        self.times: Counter[str] = Counter()

    def compile(self, pointer: str) -> Any:
        """As it is, and counted."""
        self.times[pointer] += 1
        return super().compile(pointer)


def test_each_schema_is_compiled_once_however_many_answers_and_content_types_there_are() -> None:
    """Good ones and bad ones of two operations, in more kinds than are kept: the kinds are made anew, the validators are not."""
    made: list[Counted] = []

    def counted(document: Mapping[str, Any]) -> Schemas:
        made.append(Counted(document))
        return made[-1]

    watching = Oracle(spec_of(), counted)
    each = MAX_KINDS // 2 + 50
    for number in range(each):
        headers = {"content-type": f"application/json; n={number}", "etag": "x"}
        for path, good in (("/v1/items/kettle", {"id": "kettle", "price": 3}), ("/v1/items", [])):
            watching.saw(answer(200, good if number % 9 else {"price": "3"}, path=path, headers=headers))
    assert sum(row["n"] for row in watching.drain() if row["kind"] == "seen") == 2 * each  # type: ignore[misc]
    (schemas,) = made
    assert set(schemas.times.values()) == {1}
    assert {pointer.partition("/responses")[0] for pointer in schemas.times} == {
        "/paths/~1items~1%7Bid%7D/get",
        "/paths/~1items/get",
    }


def test_a_process_in_which_the_oracle_judges_does_not_load_the_fuzzer() -> None:
    """The entry point of a load process, with an oracle that has judged an answer: nothing of Schemathesis or Hypothesis is there."""
    program = """
import sys
from harness.experiment.load_process import observers_from
from tests.unit.contract.test_oracle import answer, spec_of
(watching,) = observers_from({"oracle": spec_of().to_row()})
watching.saw(answer(500))
assert [row["kind"] for row in watching.drain()].count("finding") == 1
print(sorted({"schemathesis", "hypothesis"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_an_answer_as_promised_is_no_finding() -> None:
    """Documented answers of every kind pass: exact, a range, a default, documented degradation."""
    problem = {"content-type": "application/problem+json; charset=utf-8"}
    assert (
        found(
            answer(),
            answer(404, {"title": "none"}, headers=problem, outcome=Outcome.CLIENT_ERROR),
            answer(418, {"title": "tea"}, path="/v1/items?limit=3", headers=problem, outcome=Outcome.CLIENT_ERROR),
            answer(503, b"", headers={"retry-after": "1"}, outcome=Outcome.SERVER_ERROR),
        )
        == []
    )


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (answer(body={"id": "k", "price": "3"}), ("response_schema_conformance", "200 /price type", "error")),
        (answer(body={"id": "k"}), ("response_schema_conformance", "200 / required", "error")),
        (answer(body=b"{oops"), ("response_schema_conformance", "200 / json", "error")),
        (
            answer(body=[{"id": "k", "price": 1}, {"id": 2, "price": 2}], path="/v1/items"),
            ("response_schema_conformance", "200 /*/id type", "error"),
        ),
        (answer(201), ("status_code_conformance", "201", "warning")),
        (answer(500, b"", outcome=Outcome.SERVER_ERROR), ("not_a_server_error", "500", "error")),
        (answer(502, b"", outcome=Outcome.SERVER_ERROR, path="/v1/items"), ("not_a_server_error", "502", "error")),
        (
            answer(headers={"content-type": "text/html", "etag": "x"}),
            ("content_type_conformance", "text/html", "warning"),
        ),
        (answer(headers={"etag": "x"}), ("content_type_conformance", "missing", "warning")),
        (answer(headers={"content-type": "application/json"}), ("response_headers_conformance", "etag", "warning")),
        (
            answer(503, b"", headers={"retry-after": "soon"}, outcome=Outcome.SERVER_ERROR),
            ("response_headers_conformance", "retry-after type", "warning"),
        ),
    ],
)
def test_each_kind_of_departure_is_one_finding(exchange: Exchange, expected: tuple[str, str, str]) -> None:
    """Status, content type, header and body are told apart, with the level that issue 6 gives them."""
    assert found(exchange) == [expected]


def test_what_had_no_answer_is_not_judged() -> None:
    """A reset is the fault's doing, even where a status line had already come."""
    assert found(answer(0, b"", outcome=Outcome.RESET), answer(500, b"", outcome=Outcome.RESET)) == []


def test_repeats_are_one_finding_with_the_first_case_and_its_place() -> None:
    """Counts of several batches and workers add; the earliest sighting gives case, stage and fault; no secret is shown."""
    first, second = oracle(s3cret="$SHOP_TOKEN"), oracle()
    rows = []
    for at_ns in (70, 80):
        first.saw(answer(500, b"s3cret", outcome=Outcome.SERVER_ERROR, at_ns=at_ns))
        rows += first.drain()
    second.saw(answer(500, b"", outcome=Outcome.SERVER_ERROR, at_ns=60))
    rows += second.drain()
    (finding,) = merge_findings(rows, lambda at: ("steady", "slow" if at < 65 else ""))
    assert (finding.count, finding.at_ns, finding.stage, finding.fault) == (3, 60, "steady", "slow")
    assert (finding.operation, finding.level, finding.source) == ("read_item", Level.ERROR, "oracle")
    assert "s3cret" not in json.dumps(rows, default=str)
    assert "$BASE/v1/items/kettle" in finding.curl


def test_a_drained_oracle_repeats_nothing() -> None:
    """A second drain without new answers is empty."""
    watching = oracle()
    watching.saw(answer(500, b"", outcome=Outcome.SERVER_ERROR))
    assert watching.drain()
    assert watching.drain() == []


def test_only_chosen_operations_are_judged() -> None:
    """The plan's names bound the oracle, and a mistyped one is refused with the nearest."""
    watching = oracle(DOCUMENT, "GET /v1/items")
    watching.saw(answer(500, b"", outcome=Outcome.SERVER_ERROR))
    assert watching.drain() == []
    with pytest.raises(BadInput, match="read_item"):
        oracle(DOCUMENT, "read_itme")


def test_what_matches_no_operation_is_counted() -> None:
    """An undescribed path is no finding, but it is not silent either."""
    watching = oracle()
    watching.saw(answer(path="/elsewhere"))
    assert watching.drain() == [{"kind": "unmatched", "n": 1}]


def test_a_schema_that_refers_to_nowhere_is_named_as_unjudged() -> None:
    """What cannot be compiled is told once, never taken for good."""
    document = json.loads(json.dumps(DOCUMENT).replace("#/components/schemas/Item", "#/components/schemas/Gone"))
    watching = oracle(document)
    watching.saw(answer())
    watching.saw(answer())
    assert [row["kind"] for row in watching.drain()] == ["seen", "exercised", "unjudged"]


def test_openapi_3_0_schemas_are_read_in_their_own_dialect() -> None:
    """`nullable`, a boolean `exclusiveMinimum`, siblings of `$ref` and write-only properties mean what 3.0 says."""
    item = {
        "type": "object",
        "required": ["id", "password"],
        "properties": {
            "id": {"type": "string", "nullable": True},
            "password": {"type": "string", "writeOnly": True},
            "price": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
            "default": {"type": "string", "nullable": True},
        },
    }
    document = {**json.loads(json.dumps(DOCUMENT)), "openapi": "3.0.3", "components": {"schemas": {"Item": item}}}
    assert found(answer(body={"id": None, "price": 1, "default": None}), document=document) == []
    places = {
        signature for _, signature, _ in found(answer(body={"id": 1, "price": 0, "password": "x"}), document=document)
    }
    assert places == {"200 /id anyOf", "200 /price exclusiveMinimum", "200 /password not"}


def described(content: dict[str, Any], version: str = "3.0.3", **components: Any) -> dict[str, Any]:
    """`GET /things` that answers 200 with that content."""
    operation = {"operationId": "list", "responses": {"200": {"description": "", "content": content}}}
    document = {"openapi": version, "info": {"title": "shop", "version": "1"}, "paths": {"/things": {"get": operation}}}
    return {**document, "components": {"schemas": components}}


def things(body: Any, content_type: str = "application/json") -> Exchange:
    """An answer of it."""
    return answer(body=body, path="/things", headers={"content-type": content_type})


def signatures(schema: dict[str, Any], *bodies: Any, version: str = "3.0.3", **components: Any) -> set[str]:
    """What is wrong with bodies of a schema."""
    document = described({"application/json": {"schema": schema}}, version, **components)
    return {signature for _, signature, _ in found(*map(things, bodies), document=document)}


NUMBERS = {"schema": {"type": "array", "items": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (things(b"[" + b"1," * 1_100_000 + b"1]"), TOO_LONG),
        (
            things(b"- 1", "application/yaml; charset=utf-8"),
            "its content type is application/yaml, and only JSON is read",
        ),
    ],
)
def test_a_body_that_is_not_looked_at_is_told_as_such(exchange: Exchange, why: str) -> None:
    """It was seen, and is not said to agree; told once, however often it is drained."""
    watching = oracle(described({"application/json": NUMBERS, "application/yaml": NUMBERS}))
    for each in (exchange, things([1]), exchange):
        watching.saw(each)
    told = [row for row in watching.drain() if row["kind"] == "unread"]
    assert told == [{"kind": "unread", "operation": "list", "status": 200, "n": 2, "why": why}]
    assert watching.drain() == []


@pytest.mark.parametrize("schema", [{"type": "string", "format": "binary"}, {"type": "string"}, {}])
def test_nothing_is_left_unread_where_nothing_is_promised_but_bytes(schema: dict[str, Any]) -> None:
    """A picture is a picture."""
    watching = oracle(described({"image/png": {"schema": schema}}))
    watching.saw(things(b"PNG", "image/png"))
    assert {row["kind"] for row in watching.drain()} == {"seen", "exercised"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"\xef\xbb\xbf[1]", set()),
        (b'\xef\xbb\xbf["1"]', {"200 /* type"}),
        (b"[NaN]", {"200 / json"}),
        (b'["\\ud800"]', {"200 / json"}),
    ],
)
def test_a_byte_order_mark_is_no_fault_and_what_is_no_json_is_one(body: bytes, wrong: set[str]) -> None:
    """RFC 8259, section 8.1: a parser may ignore it. NaN and half a surrogate pair are none, though Python reads them."""
    assert signatures(NUMBERS["schema"], body) == wrong


def test_media_types_that_differ_in_parameters_have_their_own_schemas() -> None:
    """Each is held against its own; one without a parameter, or with another beside it, finds the nearest."""
    content = {
        "application/json; v=1": {"schema": {"type": "object", "required": ["one"]}},
        "application/json;v=2": {"schema": {"type": "object", "required": ["two"]}},
    }
    document = described(content)
    one, two = {"one": 1}, {"two": 2}
    good = [things(one, "application/json; v=1"), things(two, 'application/json; charset=utf-8; V="2"')]
    assert found(*good, things(one), document=document) == []
    wrong = ("response_schema_conformance", "200 / required", "error")
    assert found(things(two, "application/json; v=1"), document=document) == [wrong]
    assert found(things(one, "application/json; v=2"), document=document) == [wrong]


SECRET = {"type": "string", "writeOnly": True}
PETS = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
CAT = {"type": "object", "properties": {"lives": {"type": "integer"}}, "required": ["lives"]}
DOG = {"type": "object", "properties": {"barks": {"type": "boolean"}}, "required": ["barks"]}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["s"], "properties": {"s": {"$ref": "#/components/schemas/Secret"}}},
        {"required": ["s"], "allOf": [{"type": "object", "properties": {"s": SECRET}}]},
        {"required": ["s"], "allOf": [{"$ref": "#/components/schemas/Login"}]},
        {"allOf": [{"$ref": "#/components/schemas/Login"}, {"type": "object", "required": ["s"]}]},
        {
            "required": ["s"],
            "properties": {"s": {"anyOf": [{"$ref": "#/components/schemas/Secret"}, {"type": "null"}]}},
        },
    ],
)
def test_a_write_only_property_is_missed_in_no_answer_however_it_is_written(
    schema: dict[str, Any], version: str
) -> None:
    """And one that comes is told, whoever says that it is write-only."""
    login = {"type": "object", "required": ["s"], "properties": {"s": SECRET}}
    assert signatures(schema, {}, version=version, Secret=SECRET, Login=login) == set()
    assert signatures(schema, {"s": "x"}, version=version, Secret=SECRET, Login=login) == {"200 /s not"}


def test_what_may_be_null_may_be_null() -> None:
    """Beside a reference in 3.0 and 2.0; and where an `enum` forgets it, as Schemathesis reads it."""
    schema = {"properties": {"a": {"$ref": "#/components/schemas/A", "nullable": True}}}
    assert signatures(schema, {"a": None}, {"a": "x"}, A={"type": "string"}) == set()
    assert signatures(schema, {"a": 1}, A={"type": "string"}) == {"200 /a anyOf"}
    listed = {"properties": {"a": {"type": ["string", "null"], "enum": ["x"]}}}
    assert signatures(listed, {"a": None}, {"a": "x"}, version="3.1.0") == set()
    assert signatures(listed, {"a": "y"}, version="3.1.0") == {"200 /a enum"}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("uuid", "0198c5d2-a1b0-4f9d-8c2e-7a41aabbccdd", "kettle"), ("duration", "P3DT4H", "three days")],
)
def test_a_uuid_and_a_duration_are_looked_at_in_every_version(version: str, kind: str, good: str, bad: str) -> None:
    """Draft 4, which 3.0 builds on, knows neither."""
    schema = {"properties": {"a": {"type": "string", "format": kind}}}
    assert signatures(schema, {"a": good}, version=version) == set()
    assert signatures(schema, {"a": bad}, version=version) == {"200 /a format"}


@pytest.mark.parametrize("text", ["{0}", "{{{0}}}", "urn:uuid:{1}"])
def test_a_uuid_of_version_3_0_may_be_written_as_python_reads_it(text: str) -> None:
    """As Schemathesis has it: 3.0 does not say what a UUID is. One with a digit less is none."""
    schema = {"properties": {"a": {"type": "string", "format": "uuid"}}}
    bare, hyphens = "0198c5d2a1b04f9d8c2e7a41aabbccdd", "0198c5d2-a1b0-4f9d-8c2e-7a41aabbccdd"
    assert signatures(schema, {"a": text.format(bare, hyphens)}) == set()
    assert signatures(schema, {"a": text.format(bare[1:], hyphens[1:])}) == {"200 /a format"}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_discriminator_names_one_of_the_alternatives(version: str) -> None:
    """By the mapping or by the schema's own name. Where an alternative has alternatives of its own, nothing is said."""
    schema = {**PETS, "discriminator": {"propertyName": "kind", "mapping": {"puss": "#/components/schemas/Cat"}}}
    good = [{"kind": name, "lives": 9} for name in ("puss", "Cat")]
    assert signatures(schema, *good, version=version, Cat=CAT, Dog=DOG) == set()
    assert signatures(schema, {"kind": "cow", "lives": 9}, version=version, Cat=CAT, Dog=DOG) == {
        "200 kind discriminator"
    }
    assert signatures(schema, {"kind": "cow", "barks": True}, version=version, Cat=CAT, Dog={"anyOf": [DOG]}) == set()


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "array", "items": {"type": "integer"}}, ["1,2", "1, 2", ""], ["a", "1,,2"]),
        ({"type": ["integer", "null"]}, ["3", "null"], ["x", "1_0"]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, ["3", "null"], ["x"]),
        ({"type": "boolean"}, ["true", "False"], ["2"]),
        ({"type": "object"}, ["a,1", "anything"], []),
    ],
)
def test_headers_of_many_values_and_types_are_read(schema: dict[str, Any], good: list[str], bad: list[str]) -> None:
    """As OpenAPI writes them (style `simple`); objects are not judged."""
    document = described({}, "3.1.0")
    document["paths"]["/things"]["get"]["responses"]["200"]["headers"] = {"X-It": {"schema": schema}}

    def wrong(text: str) -> bool:
        exchange = answer(body=b"", path="/things", headers={"x-it": text})
        return {check for check, _, _ in found(exchange, document=document)} == {"response_headers_conformance"}

    assert [text for text in good if wrong(text)] == []
    assert [text for text in bad if not wrong(text)] == []


def test_it_never_raises_into_the_load_and_says_that_it_broke() -> None:
    """An exchange that cannot be judged is counted as broken."""
    watching = oracle()
    watching.saw(answer(headers={"content-type": None}))  # type: ignore[dict-item]
    assert [row["kind"] for row in watching.drain()][-1] == "broken"
