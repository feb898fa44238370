"""The schemas of an OpenAPI document as JSON Schema, ready to be pointed at from validators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jsonschema_rs

HOME = "urn:harness:description"
_LITERAL = frozenset({"example", "examples", "default", "enum", "const"})  # values, not schemas: left as they are
_NAMED = frozenset(  # mappings whose keys are names that somebody chose: a response may be called `default`
    {
        *("properties", "patternProperties", "definitions", "$defs", "dependentSchemas"),
        *("schemas", "responses", "headers", "content", "paths", "callbacks", "links", "requestBodies", "pathItems"),
    }
)
_NEVER: dict[str, Any] = {"not": {}}


@dataclass(frozen=True, slots=True)
class Reading:
    """How schemas are read. `hidden` properties are not on the wire and not missed. `partial` asks whether a value *could be* part of
    a good one: nothing is missed, and one alternative is enough (so that what a consumer relies on can be held against it)."""

    hidden: str = "writeOnly"
    forbidden: bool = True
    partial: bool = False
    nullable: str = "nullable"
    modern: bool = False


ANSWERS = Reading()
REQUESTS = Reading(hidden="readOnly", forbidden=False)
RELIANCE = Reading(partial=True)
_MISSED = frozenset(
    {"required", "minProperties", "minItems", "minContains", "contains", "dependentRequired", "dependencies"}
)


class Schemas:
    """A validator for any schema of the document, named by its JSON pointer; each is compiled once. References stay within the document.

    OpenAPI 3.1 is JSON Schema 2020-12; 3.0 and 2.0 are close to draft 4 (`nullable`, a boolean `exclusiveMinimum`, `$ref` without siblings).
    """

    def __init__(self, document: Mapping[str, Any], reading: Reading = ANSWERS) -> None:
        modern = str(document.get("openapi", "")) >= "3.1"
        self._validator: Callable[..., jsonschema_rs.Validator] = (
            jsonschema_rs.Draft202012Validator if modern else jsonschema_rs.Draft4Validator
        )
        draft = jsonschema_rs.Draft202012 if modern else jsonschema_rs.Draft4
        nullable = "x-nullable" if "swagger" in document else "nullable"
        how = replace(reading, nullable=nullable, modern=modern)
        self._registry = jsonschema_rs.Registry([(HOME, _convert(document, how))], draft=draft)
        self._compiled: dict[str, jsonschema_rs.Validator] = {}

    def validator(self, pointer: str) -> jsonschema_rs.Validator:
        """Raises `jsonschema_rs.ValidationError` or `ReferencingError` for a schema that is none, or refers to nowhere."""
        known = self._compiled.get(pointer)
        if known is None:
            known = self._compiled[pointer] = self.compile(pointer)
        return known

    def compile(self, pointer: str) -> jsonschema_rs.Validator:
        """What `validator` keeps. Costs about a millisecond."""
        return self._validator(
            {"$ref": f"{HOME}#{pointer}"}, registry=self._registry, validate_formats=True, offline=True
        )


def pointer(*steps: str) -> str:
    """A JSON pointer as a URI fragment (RFC 6901, section 6)."""
    quoted = (step.replace("~", "~0").replace("/", "~1").replace("%", "%25") for step in steps)
    return "".join("/" + step.replace("{", "%7B").replace("}", "%7D").replace(" ", "%20") for step in quoted)


def _convert(node: Any, how: Reading, *, names: bool = False) -> Any:
    """`names`: the keys of this mapping are names, not keywords."""
    if isinstance(node, list):
        return [_convert(value, how) for value in node]
    if isinstance(node, float) and node.is_integer() and abs(node) < 2**53:
        return int(node)  # the same limit, compared in half the time
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _convert(value, how) for key, value in node.items()}
    if "$ref" in node and not how.modern:
        return {"$ref": node["$ref"]}
    found = {
        key: value if key in _LITERAL else _convert(value, how, names=key in _NAMED) for key, value in node.items()
    }
    found.pop("$schema", None)
    _hide(found, how)
    if how.partial:
        _loosen(found)
    if found.get("type") == "file":
        found["type"] = "string"
    if found.pop(how.nullable, None) is True:  # 3.1 has it no more, and people go on writing it
        return {"anyOf": [found, {"type": "null"}]}
    return found


def _hide(schema: dict[str, Any], how: Reading) -> None:
    """A write-only property is not sent in answers, and may not be missed there; a read-only one may be missed in requests
    (OpenAPI, Schema Object)."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return
    hidden = [name for name, about in properties.items() if isinstance(about, dict) and about.get(how.hidden) is True]
    if hidden and isinstance(schema.get("required"), list):
        schema["required"] = [name for name in schema["required"] if name not in hidden]
        if not schema["required"]:
            del schema["required"]  # draft 4 wants at least one
    for name in hidden if how.forbidden else ():
        properties[name] = _NEVER


def _loosen(schema: dict[str, Any]) -> None:
    for keyword in _MISSED:
        if isinstance(schema.get(keyword), list | int) or keyword in ("dependentRequired", "dependencies", "contains"):
            schema.pop(keyword, None)
    if isinstance(schema.get("oneOf"), list):
        wider = schema.pop("oneOf")
        schema["allOf"] = [*schema.get("allOf", []), {"anyOf": wider}]
