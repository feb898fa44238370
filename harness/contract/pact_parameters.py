"""What a consumer puts into a request's path, query and headers, and the headers that it reads, against the description. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from math import isfinite
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs

from harness.contract.description import resolve
from harness.contract.dialect import Schemas, keyword_of, pointer
from harness.contract.pact_file import Interaction
from harness.contract.statuses.values import path_values

_SCALAR = frozenset({"string", "integer", "number", "boolean", "null"})
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_NO_SCHEMA = frozenset({"name", "in", "required", "description", "collectionFormat", "allowEmptyValue", "default"})
_OF_THE_WAY = frozenset(  # of the transport: nobody documents them, and what a consumer says of them binds no service
    {
        *("content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive"),
        *("date", "server", "vary", "via"),
    }
)
_IGNORED = frozenset({"accept", "content-type", "authorization"})  # as parameters (OpenAPI, Parameter Object)

Placed = tuple[tuple[str, ...], Mapping[str, Any]]  # a parameter or header, and where it stands
Fault = tuple[bool, str, str]  # whether it contradicts the description; signature, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Holds values that travel as text against their schemas."""

    document: Mapping[str, Any]
    schemas: Schemas

    def sent(self, one: Interaction, template: str, path: str, parameters: Sequence[Placed]) -> Iterator[Fault]:
        """Values that the description refuses, and required query parameters that are left out."""
        given = _given(one, template, path)
        for place, about in parameters:
            where, name = str(about.get("in")), str(about.get("name"))
            key = name.lower() if where == "header" else name
            values = given.get(where, {}).get(key)
            if values is None:
                if where == "query" and about.get("required") is True:
                    yield (
                        True,
                        f"query {name} required",
                        f"it leaves out the query parameter `{name}`, which is required",
                    )
            elif not (where == "header" and key in _IGNORED):
                for said in self._wrong(place, about, values):
                    signature = f"{where} {name} {said[0]}"
                    yield True, signature, f"the value of the {where} parameter `{name}` is refused: {said[1]}"

    def read(self, one: Interaction, documented: Mapping[str, Placed]) -> Iterator[Fault]:
        """Headers that it reads and nobody documents, and values that cannot come."""
        for name, value in one.answer_headers.items():
            if name in _OF_THE_WAY or name.startswith("access-control-"):
                continue
            if name not in documented:
                said = f"it reads the header `{name}` of {one.status}, which is not documented"
                yield False, f"{one.status} header {name}", said
                continue
            for keyword, why in self._wrong(*documented[name], [value]):
                signature = f"{one.status} header {name} {keyword}"
                yield True, signature, f"the header `{name}` that it hopes for cannot come: {why}"

    def _wrong(
        self, place: tuple[str, ...], about: Mapping[str, Any], values: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        """The keyword that refuses, and why; nothing where the value is no scalar, or its schema none."""
        old = "swagger" in self.document
        schema = about if old else resolve(self.document, about.get("schema"))
        if not isinstance(schema, dict) or not _is_scalar(self.document, schema):
            return
        check: jsonschema_rs.Validator
        try:
            if old:  # a parameter of 2.0 is its own schema, but for what is said of the parameter
                own = {key: value for key, value in schema.items() if key not in _NO_SCHEMA}
                check = jsonschema_rs.Draft4Validator(own, validate_formats=True)
            else:
                check = self.schemas.validator(pointer(*place, "schema"))
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            return  # the description's fault, and `harness check` tells it
        for value in values:
            meant = list(_meanings(value))
            if not any(check.is_valid(one) for one in meant):
                errors = [next(iter(check.iter_errors(one))) for one in meant]
                said = [(keyword_of(error), " ".join(error.message.split())[:200]) for error in errors]
                yield next((one for one in said if one[0] != "type"), said[0])


def _given(one: Interaction, template: str, path: str) -> dict[str, dict[str, list[str]]]:
    headers = {name.lower(): value for name, value in one.headers.items()}
    try:
        cookies = {name: [morsel.value] for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        cookies = {}
    return {
        "path": {name: [value] for name, value in path_values(template, path).items()},
        "query": parse_qs(urlsplit(one.path).query, keep_blank_values=True),
        "header": {name: [value] for name, value in headers.items()},
        "cookie": cookies,
    }


def _meanings(value: str) -> Iterator[object]:
    """All that a text may stand for, the likeliest first: a schema may allow several types."""
    if value in ("true", "false"):
        yield value == "true"
    for read in (int, float):
        try:
            number = read(value)
        except ValueError:
            continue
        if isfinite(number):
            yield number
    yield value


def _is_scalar(document: Mapping[str, Any], schema: Any, depth: int = 8) -> bool:
    """Whether nothing but one plain value is meant: lists and objects are written in many styles, and are left alone."""
    schema = resolve(document, schema)
    if not isinstance(schema, dict) or depth == 0:
        return False
    kinds = schema.get("type")
    if kinds is not None:
        return set(kinds if isinstance(kinds, list) else [kinds]) <= _SCALAR
    inner = [one for keyword in _ALTERNATIVES for one in schema.get(keyword) or ()]
    return all(_is_scalar(document, one, depth - 1) for one in inner) and bool(inner or "enum" in schema)
