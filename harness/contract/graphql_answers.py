"""What a GraphQL schema promises of an answer, given the query: the selected fields, their types, what may be null, and errors. Pure.

It reads an error as Schemathesis does: one that names a field, or stands beside data, is the server's, unless the server itself calls it
the client's. So what fuzzing and the oracle see of it has one identity.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import graphql

from harness.contract import grading
from harness.contract.graphql_shape import Shape
from harness.contract.promise import parse_json
from harness.model.observer import Exchange

MAX_QUERIES = 1_000
MAX_FAULTS = 5
JSON_TYPES = ("application/json", "application/graphql-response+json")  # GraphQL over HTTP, section 5
_CLIENTS = frozenset(
    {
        *("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_REQUEST", "ValidationError"),
        *("PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED", "OPERATION_RESOLUTION_FAILURE"),
        *("InvalidSyntax", "OperationNotSupported"),
    }
)
_SERVERS = frozenset({"INTERNAL_SERVER_ERROR", "DataFetchingException", "NullValueInNonNullableField"})
_NULLS = ("Cannot return null for non-nullable field ", "was declared as a non null type, but the code involved")

Fault = tuple[str, str, str]  # check, signature, message


@dataclass(slots=True)
class Asked:
    """One query, parsed: `names` maps the key in the answer to the operation, such as `Query.hello`. `good` are bodies that are known to be good."""

    names: Mapping[str, str]
    shape: Shape = field(repr=False)
    good: set[int] = field(default_factory=set, repr=False)

    @property
    def first(self) -> str:
        """Whom all is told of that belongs to no field."""
        return next(iter(self.names.values()))


class GraphQLAnswers:
    """Keeps what it parsed: a load sends few queries many times."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schema = graphql.build_client_schema(document)  # type: ignore[arg-type]  # what introspection gave
        self._known: dict[tuple[str, str], Asked | None] = {}

    def asked(self, exchange: Exchange) -> Asked | None:
        """None where it is no query that the schema allows: then nothing is promised of the answer."""
        about = _sent(exchange)
        query, name = about.get("query"), about.get("operationName") or ""
        if not isinstance(query, str) or not isinstance(name, str):
            return None
        key = (query, name)
        if key not in self._known:
            if len(self._known) >= MAX_QUERIES:
                self._known.clear()
            self._known[key] = self._read(query, name)
        return self._known[key]

    def _read(self, query: str, name: str) -> Asked | None:
        try:
            document = graphql.parse(query)
        except graphql.GraphQLError:
            return None
        if graphql.validate(self._schema, document):
            return None
        operation = graphql.get_operation_ast(document, name or None)
        if operation is None or operation.operation is graphql.OperationType.SUBSCRIPTION:
            return None
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return None
        shape = Shape.of(self._schema, document, operation, root)
        names = {key: f"{root.name}.{one}" for key, one in shape.roots().items() if not one.startswith("__")}
        return Asked(names=names, shape=shape) if names else None

    def faults(self, asked: Asked, exchange: Exchange) -> list[tuple[str, Fault]]:
        """What is wrong, with the operation that it is told of. Refusals (4xx) say nothing of the schema."""
        status = exchange.status
        if status >= 500:
            return [(asked.first, (grading.SERVER_ERROR, str(status), f"It answered {status}"))]
        if status >= 400:
            return []
        if status != 200:
            return [(asked.first, (grading.STATUS, str(status), f"{status} is not documented; documented: 200"))]
        found: list[tuple[str, Fault]] = []
        given = grading.content_type_signature(exchange.headers.get("content-type", ""))
        if given not in JSON_TYPES:
            said = f"The content type is {given}; documented: {', '.join(JSON_TYPES)}"
            found.append((asked.first, (grading.CONTENT_TYPE, given, said)))
        known = hash(exchange.body)
        if known in asked.good:
            return found
        broken = list(_of_body(asked, exchange.body))
        if not broken:
            if len(asked.good) >= MAX_QUERIES:
                asked.good.clear()
            asked.good.add(known)
        return found + broken


def _sent(exchange: Exchange) -> Mapping[str, Any]:
    if exchange.method == "GET":
        return {name: values[0] for name, values in parse_qs(urlsplit(exchange.url).query).items()}
    try:
        about = json.loads(exchange.request_body)
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _of_body(asked: Asked, body: bytes) -> Iterator[tuple[str, Fault]]:
    try:
        answer = parse_json(body)
    except ValueError as error:
        yield asked.first, _broken((), "json", f"The body is not JSON: {str(error)[:200]}")
        return
    if not isinstance(answer, dict):
        yield asked.first, _broken((), "type", "The body is no object with `data` or `errors`")
        return
    errors = answer.get("errors")
    if "errors" in answer and not _are_errors(errors):
        yield asked.first, _broken(("errors",), "type", "The body at /errors: it is no list of objects with a message")
        return
    if errors:
        yield from _of_errors(asked, errors, answer.get("data"))
    data = answer.get("data")
    if data is None and not errors:
        yield asked.first, _broken(("data",), "required", "The body has neither `data` nor `errors`")
    if data is None:
        return
    for number, (path, keyword, said) in enumerate(asked.shape.faults(data)):
        if number == MAX_FAULTS:
            return
        name = asked.names.get(str(path[0])) if path else None
        place = "/" + "/".join(map(str, ("data", *path)))
        yield name or asked.first, _broken(("data", *path), keyword, f"The body at {place}: {said}")


def _of_errors(asked: Asked, errors: list[dict[str, Any]], data: Any) -> Iterator[tuple[str, Fault]]:
    marks = _marks(errors)
    if not marks & _SERVERS and (marks & _CLIENTS or (data is None and "path" not in errors[0])):
        return  # the query was refused, and not served
    path = errors[0].get("path")
    name = asked.names.get(str(path[0])) if isinstance(path, list) and path else None
    signature = grading.graphql_signature(errors)
    said = "; ".join(dict.fromkeys(" ".join(str(one["message"]).split()) for one in errors[:3]))[:300]
    if all(_is_null(one) for one in errors):
        yield name or asked.first, (grading.BODY, signature, f"Null in a field that is never null: {said}")
    else:
        yield name or asked.first, (grading.SERVER_ERROR, signature, f"GraphQL server error: {said}")


def _marks(errors: list[dict[str, Any]]) -> set[str]:
    about = [one["extensions"] for one in errors if isinstance(one.get("extensions"), dict)]
    return {str(one[key]) for one in about for key in ("code", "classification") if isinstance(one.get(key), str)}


def _is_null(error: Mapping[str, Any]) -> bool:
    return any(said in str(error["message"]) for said in _NULLS) or "NullValueInNonNullableField" in _marks(
        [dict(error)]
    )


def _are_errors(errors: Any) -> bool:
    return (
        isinstance(errors, list)
        and bool(errors)
        and all(isinstance(one, dict) and isinstance(one.get("message"), str) for one in errors)
    )


def _broken(path: tuple[str | int, ...], keyword: str, said: str) -> Fault:
    return grading.BODY, grading.body_signature(200, path, keyword), said
