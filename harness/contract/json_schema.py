"""An OpenAPI document with its schemas rewritten as JSON Schema. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.description import resolve

LENT = "urn:harness:lent"
DISCRIMINATOR = "discriminator"
_LITERAL = frozenset({"example", "examples", "default", "enum", "const"})  # values, not schemas: left as they are
_NAMED = frozenset(  # mappings whose keys are names that somebody chose: a response may be called `default`
    {
        *("properties", "patternProperties", "definitions", "$defs", "dependentSchemas"),
        *("schemas", "responses", "headers", "content", "paths", "callbacks", "links", "requestBodies", "pathItems"),
    }
)
_NEVER: dict[str, Any] = {"not": {}}
_NULL = {"type": "null"}
_LOOSE_UUID = {
    "pattern": r"^[{}]*(?:urn:)?(?:uuid:)?[{}]*(?:-*[0-9a-fA-F]){32}-*[{}]*$"
}  # as Python's uuid.UUID reads one
_FORMATS: dict[str, Any] = {  # draft 4 knows neither; a UUID without hyphens is one there, as Schemathesis has it
    "uuid": {"if": {"not": {"format": "uuid"}}, "then": {"if": _LOOSE_UUID, "else": {"format": "uuid"}}},
    "duration": {"format": "duration"},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How schemas are read. `hidden` properties are not on the wire and not missed. `partial` asks whether a value *could be* part of
    a good one: nothing is missed, and one alternative is enough (so that what a consumer relies on can be held against it)."""

    hidden: str = "writeOnly"
    forbidden: bool = True
    partial: bool = False
    nullable: str = "nullable"
    modern: bool = False

    @property
    def of_answers(self) -> bool:
        """Rather than of requests."""
        return self.hidden == "writeOnly"


_MISSED = frozenset(
    {"required", "minProperties", "minItems", "minContains", "contains", "dependentRequired", "dependencies"}
)


class Rewriter:
    """Rewrites one document. `lent` are definitions of JSON Schema 2020-12 that the rewritten schemas refer to, as `LENT#/$defs/NAME`."""

    def __init__(self, document: Mapping[str, Any], how: Reading) -> None:
        self._document = document
        self._how = how
        self.lent: dict[str, Any] = {}

    def rewritten(self) -> dict[str, Any]:
        """The whole document."""
        found: dict[str, Any] = self._node(self._document)
        return found

    def _node(self, node: Any, *, names: bool = False, hidden: frozenset[str] = frozenset()) -> Any:
        """`names`: the keys of this mapping are names, not keywords. `hidden` are properties that the schema which this one is a part of hides."""
        if isinstance(node, list):
            return [self._node(value) for value in node]
        if isinstance(node, float) and node.is_integer() and abs(node) < 2**53:
            return int(node)  # the same limit, compared in half the time
        if not isinstance(node, dict):
            return node
        if names:
            return {key: self._node(value) for key, value in node.items()}
        if "$ref" in node and not self._how.modern:
            return self._or_null({"$ref": node["$ref"]}, node)
        if "allOf" in node or "required" in node:
            hidden |= self._hidden_in(node)
        found = {key: self._value(key, value, hidden) for key, value in node.items()}
        found.pop("$schema", None)
        self._hide(found, node, hidden)
        if self._how.partial:
            _loosen(found)
        self._discriminate(found, node)
        self._type(found)
        found.pop(self._how.nullable, None)
        return self._or_null(found, node)

    def _value(self, key: str, value: Any, hidden: frozenset[str]) -> Any:
        if key in _LITERAL:
            return value
        if key == "allOf" and isinstance(value, list):
            return [self._node(one, hidden=hidden) for one in value]
        return self._node(value, names=key in _NAMED)

    def _or_null(self, found: dict[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
        """3.1 has `nullable` no more, and people go on writing it; in 3.0 and 2.0 they write it beside a `$ref`."""
        return {"anyOf": [found, _NULL]} if node.get(self._how.nullable) is True else found

    def _type(self, schema: dict[str, Any]) -> None:
        kind = schema.get("type")
        if kind == "file":
            schema["type"] = "string"
        listed = schema.get("enum")
        if self._how.of_answers and isinstance(kind, list) and "null" in kind and isinstance(listed, list):
            schema["enum"] = (
                listed if None in listed else [*listed, None]
            )  # as Schemathesis reads it, see docs/check.md
        if not self._how.modern and isinstance(schema.get("format"), str) and schema["format"] in _FORMATS:
            kind = schema.pop("format")
            self.lent[kind] = _FORMATS[kind]
            _also(schema, kind)

    def _hide(self, schema: dict[str, Any], node: Mapping[str, Any], hidden: frozenset[str]) -> None:
        """A write-only property is not sent in answers, and may not be missed there; a read-only one may be missed in requests
        (OpenAPI, Schema Object)."""
        if hidden and isinstance(schema.get("required"), list):
            schema["required"] = [name for name in schema["required"] if name not in hidden]
            if not schema["required"]:
                del schema["required"]  # draft 4 wants at least one
        properties = node.get("properties")
        for name, about in properties.items() if self._how.forbidden and isinstance(properties, dict) else ():
            if self._is_hidden(about):
                schema["properties"][name] = _NEVER

    def _hidden_in(self, schema: Mapping[str, Any]) -> frozenset[str]:
        """The names of properties that it hides, or any part of it."""
        every = (part.get("properties") for part in self._parts(schema))
        return frozenset(
            name for some in every if isinstance(some, dict) for name, about in some.items() if self._is_hidden(about)
        )

    def _is_hidden(self, schema: Any) -> bool:
        """By its own word, by a part's, or, where it may be null, by that of the other alternative."""
        if not isinstance(schema, dict) or not (schema.keys() & {self._how.hidden, "$ref", "allOf", "anyOf", "oneOf"}):
            return False
        return any(part.get(self._how.hidden) is True for part in self._parts(schema, or_null=True))

    def _parts(self, schema: Mapping[str, Any], *, or_null: bool = False) -> Iterator[Mapping[str, Any]]:
        """It, what it refers to, and what `allOf` adds; with `or_null`, what it is where it is not null, too."""
        pending: list[Any] = [schema]
        seen: set[int] = set()
        while pending:
            one = pending.pop()
            if not isinstance(one, dict) or id(one) in seen:
                continue
            seen.add(id(one))
            yield one
            if isinstance(one.get("$ref"), str):
                pending.append(resolve(self._document, {"$ref": one["$ref"]}))
            if isinstance(one.get("allOf"), list):
                pending += one["allOf"]
            others = _beside_null(one) if or_null else []
            pending += others if len(others) == 1 else []

    def _discriminate(self, schema: dict[str, Any], node: Mapping[str, Any]) -> None:
        """The discriminator's value names one of the alternatives. Left alone where one of them has no name, or alternatives of its own, and
        where it may be null, as Schemathesis does."""
        about = node.get(DISCRIMINATOR)
        name = about.get("propertyName") if isinstance(about, dict) else None
        others = _beside_null(node)
        if (
            not isinstance(about, dict)
            or not isinstance(name, str)
            or not others
            or node.get(self._how.nullable) is True
        ):
            return
        if any(not isinstance(one, dict) or not isinstance(one.get("$ref"), str) for one in others):
            return
        if any(_beside_null(part) for one in others for part in self._parts(one)):
            return
        mapping = about.get("mapping")
        known = {*(mapping if isinstance(mapping, dict) else ()), *(one["$ref"].rpartition("/")[2] for one in others)}
        key = f"{DISCRIMINATOR} {len(self.lent)}"
        self.lent[key] = {"properties": {name: {"if": {"type": "string"}, "then": {"enum": sorted(map(str, known))}}}}
        _also(schema, key)


def _also(schema: dict[str, Any], lent: str) -> None:
    given = schema.get("allOf")
    schema["allOf"] = [
        *(given if isinstance(given, list) else ()),
        {"$ref": f"{LENT}#/$defs/{lent.replace(' ', '%20')}"},
    ]


def _beside_null(schema: Mapping[str, Any]) -> list[Any]:
    """The alternatives of `anyOf` and `oneOf`, but for null."""
    every = (schema.get(keyword) for keyword in ("anyOf", "oneOf"))
    return [one for some in every if isinstance(some, list) for one in some if one != _NULL]


def _loosen(schema: dict[str, Any]) -> None:
    for keyword in _MISSED:
        if isinstance(schema.get(keyword), list | int) or keyword in ("dependentRequired", "dependencies", "contains"):
            schema.pop(keyword, None)
    if isinstance(schema.get("oneOf"), list):
        wider = schema.pop("oneOf")
        schema["allOf"] = [*schema.get("allOf", []), {"anyOf": wider}]
