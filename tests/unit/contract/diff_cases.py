"""Pairs of documents that differ in one thing, and the rules that must tell it. The expectations were compared with oasdiff 1.37.0's own
(docs/diff.md tells how, and where we differ on purpose)."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
KINDS = (
    "request-body",
    "request-property",
    "request-parameter",
    "response-body",
    "response-property",
    "response-header",
)


def obj(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """An object schema."""
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {}), **more}


def document(operation: dict[str, Any], path: str = "/a", method: str = "post", **more: Any) -> dict[str, Any]:
    """One operation."""
    about = {"operationId": "a", "responses": {"200": {"description": ""}}, **operation}
    return {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {path: {method: about}}, **more}


def holding(kind: str, schema: Any) -> dict[str, Any]:
    """A document with a schema at one kind of place."""
    inner = {"type": "object", "properties": {"p": schema}}
    answer = {
        "description": "",
        "content": {"application/json": {"schema": inner if kind.endswith("property") else schema}},
    }
    match kind:
        case "request-body" | "request-property":
            body = {"content": answer["content"]}
            return document({"requestBody": body})
        case "request-parameter":
            return document({"parameters": [{"name": "q", "in": "query", "schema": schema}]})
        case "request-header":
            return document({"parameters": [{"name": "q", "in": "header", "schema": schema}]})
        case "response-header":
            return document({"responses": {"200": {"description": "", "headers": {"h": {"schema": schema}}}}})
    return document({"responses": {"200": answer}})


SCHEMAS: dict[str, tuple[Any, Any]] = {
    "type": (TEXT, {"type": "integer"}),
    "type-wide": ({"type": "integer"}, {"type": "number"}),
    "type-narrow": ({"type": "number"}, {"type": "integer"}),
    "type-any": (TEXT, {}),
    "type-from-any": ({}, TEXT),
    "format-add": (TEXT, {"type": "string", "format": "uuid"}),
    "format-del": ({"type": "string", "format": "uuid"}, TEXT),
    "format-change": ({"type": "string", "format": "date"}, {"type": "string", "format": "uuid"}),
    "int32-64": ({"type": "integer", "format": "int32"}, {"type": "integer", "format": "int64"}),
    "int64-32": ({"type": "integer", "format": "int64"}, {"type": "integer", "format": "int32"}),
    "types-narrow": ({"type": ["string", "integer"]}, {"type": ["string"]}),
    "types-wide": ({"type": ["string"]}, {"type": ["string", "integer"]}),
    "types-swap": ({"type": ["string", "integer"]}, {"type": ["boolean", "array"]}),
    "max-dec": ({"type": "integer", "maximum": 10}, {"type": "integer", "maximum": 5}),
    "max-set": ({"type": "integer"}, {"type": "integer", "maximum": 5}),
    "max-unset": ({"type": "integer", "maximum": 5}, {"type": "integer"}),
    "max-inc": ({"type": "integer", "maximum": 5}, {"type": "integer", "maximum": 10}),
    "min-dec": ({"type": "integer", "minimum": 10}, {"type": "integer", "minimum": 5}),
    "min-set": ({"type": "integer"}, {"type": "integer", "minimum": 5}),
    "min-unset": ({"type": "integer", "minimum": 5}, {"type": "integer"}),
    "min-inc": ({"type": "integer", "minimum": 5}, {"type": "integer", "minimum": 10}),
    "xmax-dec": ({"type": "integer", "exclusiveMaximum": 10}, {"type": "integer", "exclusiveMaximum": 5}),
    "xmax-inc": ({"type": "integer", "exclusiveMaximum": 1}, {"type": "integer", "exclusiveMaximum": 5}),
    "xmin-inc": ({"type": "integer", "exclusiveMinimum": 1}, {"type": "integer", "exclusiveMinimum": 5}),
    "xmin-dec": ({"type": "integer", "exclusiveMinimum": 10}, {"type": "integer", "exclusiveMinimum": 5}),
    "xmax-set": ({"type": "integer"}, {"type": "integer", "exclusiveMaximum": 5}),
    "xmin-set": ({"type": "integer"}, {"type": "integer", "exclusiveMinimum": 5}),
    "maxlen-dec": ({"type": "string", "maxLength": 10}, {"type": "string", "maxLength": 5}),
    "maxlen-inc": ({"type": "string", "maxLength": 1}, {"type": "string", "maxLength": 5}),
    "maxlen-set": (TEXT, {"type": "string", "maxLength": 5}),
    "maxlen-unset": ({"type": "string", "maxLength": 10}, TEXT),
    "minlen-inc": ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 5}),
    "minlen-dec": ({"type": "string", "minLength": 10}, {"type": "string", "minLength": 5}),
    "minlen-set": (TEXT, {"type": "string", "minLength": 5}),
    "minlen-unset": ({"type": "string", "minLength": 5}, TEXT),
    "maxitems-dec": ({"type": "array", "items": TEXT, "maxItems": 10}, {"type": "array", "items": TEXT, "maxItems": 5}),
    "maxitems-set": ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "maxItems": 5}),
    "maxitems-inc": ({"type": "array", "items": TEXT, "maxItems": 1}, {"type": "array", "items": TEXT, "maxItems": 5}),
    "maxitems-unset": ({"type": "array", "items": TEXT, "maxItems": 1}, {"type": "array", "items": TEXT}),
    "minitems-inc": ({"type": "array", "items": TEXT, "minItems": 1}, {"type": "array", "items": TEXT, "minItems": 5}),
    "minitems-set": ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "minItems": 5}),
    "minitems-dec": ({"type": "array", "items": TEXT, "minItems": 10}, {"type": "array", "items": TEXT, "minItems": 5}),
    "minitems-unset": ({"type": "array", "items": TEXT, "minItems": 10}, {"type": "array", "items": TEXT}),
    "enum-del": ({"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a"]}),
    "enum-add": ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a", "b"]}),
    "became-enum": (TEXT, {"type": "string", "enum": ["a"]}),
    "enum-gone": ({"type": "string", "enum": ["a"]}, TEXT),
    "xenum-del": ({"type": "string", "x-extensible-enum": ["a", "b"]}, {"type": "string", "x-extensible-enum": ["a"]}),
    "const-add": (TEXT, {"type": "string", "const": "a"}),
    "const-del": ({"type": "string", "const": "a"}, TEXT),
    "const-chg": ({"type": "string", "const": "a"}, {"type": "string", "const": "b"}),
    "pattern-add": (TEXT, {"type": "string", "pattern": "^a"}),
    "pattern-del": ({"type": "string", "pattern": "^a"}, TEXT),
    "pattern-chg": ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}),
    "nullable-add": (TEXT, {"type": "string", "nullable": True}),
    "nullable-del": ({"type": "string", "nullable": True}, TEXT),
    "null31-add": ({"type": ["string"]}, {"type": ["string", "null"]}),
    "null31-del": ({"type": ["string", "null"]}, {"type": ["string"]}),
    "default-add": (TEXT, {"type": "string", "default": "a"}),
    "default-del": ({"type": "string", "default": "a"}, TEXT),
    "default-chg": ({"type": "string", "default": "a"}, {"type": "string", "default": "b"}),
    "allof-add": ({"allOf": [obj({"a": TEXT})]}, {"allOf": [obj({"a": TEXT}), obj({"b": TEXT}, ("b",))]}),
    "allof-del": ({"allOf": [obj({"a": TEXT}), obj({"b": TEXT})]}, {"allOf": [obj({"a": TEXT})]}),
    "anyof-add": ({"anyOf": [obj({"a": TEXT})]}, {"anyOf": [obj({"a": TEXT}), obj({"b": TEXT})]}),
    "anyof-del": ({"anyOf": [obj({"a": TEXT}), obj({"b": TEXT})]}, {"anyOf": [obj({"a": TEXT})]}),
    "oneof-add": ({"oneOf": [obj({"a": TEXT})]}, {"oneOf": [obj({"a": TEXT}), obj({"b": TEXT})]}),
    "oneof-del": ({"oneOf": [obj({"a": TEXT}), obj({"b": TEXT})]}, {"oneOf": [obj({"a": TEXT})]}),
    "wrapped": (obj({"a": TEXT}), {"oneOf": [obj({"a": TEXT}), TEXT]}),
    "contains-add": ({"type": "array"}, {"type": "array", "contains": TEXT}),
    "contains-del": ({"type": "array", "contains": TEXT}, {"type": "array"}),
    "maxcont-dec": (
        {"type": "array", "contains": TEXT, "maxContains": 5},
        {"type": "array", "contains": TEXT, "maxContains": 3},
    ),
    "mincont-inc": (
        {"type": "array", "contains": TEXT, "minContains": 1},
        {"type": "array", "contains": TEXT, "minContains": 3},
    ),
    "maxcont-inc": (
        {"type": "array", "contains": TEXT, "maxContains": 1},
        {"type": "array", "contains": TEXT, "maxContains": 3},
    ),
    "mincont-dec": (
        {"type": "array", "contains": TEXT, "minContains": 5},
        {"type": "array", "contains": TEXT, "minContains": 3},
    ),
    "if-add": (
        {"type": "object"},
        {"type": "object", "if": obj({"a": TEXT}), "then": obj({"b": TEXT}), "else": obj({"c": TEXT})},
    ),
    "if-del": (
        {"type": "object", "if": obj({"a": TEXT}), "then": obj({"b": TEXT}), "else": obj({"c": TEXT})},
        {"type": "object"},
    ),
    "propnames-add": ({"type": "object"}, {"type": "object", "propertyNames": {"pattern": "^a"}}),
    "propnames-del": ({"type": "object", "propertyNames": {"pattern": "^a"}}, {"type": "object"}),
    "depreq-add": ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}),
    "depreq-del": ({"type": "object", "dependentRequired": {"a": ["b"]}}, {"type": "object"}),
    "depreq-chg": (
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"type": "object", "dependentRequired": {"a": ["b", "c"]}},
    ),
    "depsch-add": ({"type": "object"}, {"type": "object", "dependentSchemas": {"a": obj({"b": TEXT})}}),
    "depsch-del": ({"type": "object", "dependentSchemas": {"a": obj({"b": TEXT})}}, {"type": "object"}),
    "patprop-add": ({"type": "object"}, {"type": "object", "patternProperties": {"^a": TEXT}}),
    "patprop-del": ({"type": "object", "patternProperties": {"^a": TEXT}}, {"type": "object"}),
    "uneval-add": ({"type": "object"}, {"type": "object", "unevaluatedProperties": False}),
    "uneval-del": ({"type": "object", "unevaluatedProperties": False}, {"type": "object"}),
    "unevali-add": ({"type": "array"}, {"type": "array", "unevaluatedItems": False}),
    "unevali-del": ({"type": "array", "unevaluatedItems": False}, {"type": "array"}),
    "csch-add": (TEXT, {"type": "string", "contentMediaType": "application/json", "contentSchema": TEXT}),
    "cmt-chg": (
        {"type": "string", "contentMediaType": "application/json"},
        {"type": "string", "contentMediaType": "text/plain"},
    ),
    "cenc-chg": ({"type": "string", "contentEncoding": "base64"}, {"type": "string", "contentEncoding": "base32"}),
    "csch-del": (
        {"type": "string", "contentMediaType": "application/json", "contentSchema": TEXT},
        {"type": "string", "contentMediaType": "application/json"},
    ),
    "prefix-add": ({"type": "array", "prefixItems": [TEXT]}, {"type": "array", "prefixItems": [TEXT, TEXT]}),
    "prefix-del": ({"type": "array", "prefixItems": [TEXT, TEXT]}, {"type": "array", "prefixItems": [TEXT]}),
    "prop-add-opt": (obj({"a": TEXT}), obj({"a": TEXT, "b": TEXT})),
    "prop-add-req": (obj({"a": TEXT}), obj({"a": TEXT, "b": TEXT}, ("b",))),
    "prop-add-reqdef": (obj({"a": TEXT}), obj({"a": TEXT, "b": {"type": "string", "default": "x"}}, ("b",))),
    "prop-del-opt": (obj({"a": TEXT, "b": TEXT}), obj({"a": TEXT})),
    "prop-del-req": (obj({"a": TEXT, "b": TEXT}, ("b",)), obj({"a": TEXT})),
    "prop-req": (obj({"a": TEXT}), obj({"a": TEXT}, ("a",))),
    "prop-opt": (obj({"a": TEXT}, ("a",)), obj({"a": TEXT})),
    "prop-reqdef": (
        obj({"a": {"type": "string", "default": "q"}}),
        obj({"a": {"type": "string", "default": "q"}}, ("a",)),
    ),
    "ro-add-req": (obj({"a": TEXT}), obj({"a": TEXT, "b": {"type": "string", "readOnly": True}}, ("b",))),
    "wo-del": (obj({"a": TEXT, "b": {"type": "string", "writeOnly": True}}), obj({"a": TEXT})),
    "wo-off-req": (obj({"a": {"type": "string", "writeOnly": True}}, ("a",)), obj({"a": TEXT}, ("a",))),
    "ro-enum": (
        obj({"a": {"type": "string", "enum": ["a", "b"], "readOnly": True}}),
        obj({"a": {"type": "string", "enum": ["a"], "readOnly": True}}),
    ),
    "dep": (obj({"a": TEXT}), obj({"a": {"type": "string", "deprecated": True}})),
    "dep-sun": (obj({"a": TEXT}), obj({"a": {"type": "string", "deprecated": True, "x-sunset": "2099-01-01"}})),
    "dep-bad": (obj({"a": TEXT}), obj({"a": {"type": "string", "deprecated": True, "x-sunset": "soon"}})),
    "stab": (
        obj({"a": {"type": "string", "x-stability-level": "stable"}}),
        obj({"a": {"type": "string", "x-stability-level": "beta"}}),
    ),
    "addl-close": (obj({"a": TEXT}), obj({"a": TEXT}, additionalProperties=False)),
    "mult": ({"type": "integer"}, {"type": "integer", "multipleOf": 5}),
    "uniq": ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "uniqueItems": True}),
    "maxprops": ({"type": "object", "maxProperties": 5}, {"type": "object", "maxProperties": 3}),
    "items-type": ({"type": "array", "items": TEXT}, {"type": "array", "items": {"type": "integer"}}),
    "deep": (obj({"a": obj({"b": TEXT})}), obj({"a": obj({"b": {"type": "integer"}})})),
    "addl-type": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": {"type": "integer"}},
    ),
    "told-apart": (
        {"oneOf": [obj({"k": TEXT})], "discriminator": {"propertyName": "k"}},
        {"oneOf": [obj({"k": TEXT})], "discriminator": {"propertyName": "j"}},
    ),
    "inner-close": (obj({"a": obj({"b": TEXT})}), obj({"a": obj({"b": TEXT}, additionalProperties=False)})),
    "minprops-inc": ({"type": "object", "minProperties": 1}, {"type": "object", "minProperties": 2}),
    "minprops-dec": ({"type": "object", "minProperties": 2}, {"type": "object", "minProperties": 1}),
    "minprops-set": ({"type": "object"}, {"type": "object", "minProperties": 2}),
    "minprops-unset": ({"type": "object", "minProperties": 2}, {"type": "object"}),
    "maxprops-inc": ({"type": "object", "maxProperties": 3}, {"type": "object", "maxProperties": 5}),
    "maxprops-set": ({"type": "object"}, {"type": "object", "maxProperties": 5}),
    "maxprops-unset": ({"type": "object", "maxProperties": 5}, {"type": "object"}),
    "contains-set": (
        {"type": "array", "contains": TEXT},
        {"type": "array", "contains": TEXT, "minContains": 2, "maxContains": 3},
    ),
    "contains-unset": (
        {"type": "array", "contains": TEXT, "minContains": 2, "maxContains": 3},
        {"type": "array", "contains": TEXT},
    ),
    "list-narrow": ({"type": ["string", "integer", "boolean"]}, {"type": ["string", "integer"]}),
    "list-wide": ({"type": ["string", "integer"]}, {"type": ["string", "integer", "boolean"]}),
    "wrapped-other": (obj({"a": TEXT}), {"oneOf": [TEXT, WHOLE]}),
    "mult-chg": ({"type": "integer", "multipleOf": 4}, {"type": "integer", "multipleOf": 6}),
    "mult-unset": ({"type": "integer", "multipleOf": 4}, WHOLE),
    "mult-wide": ({"type": "integer", "multipleOf": 4}, {"type": "integer", "multipleOf": 2}),
    "mult-narrow": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 4}),
    "uniq-unset": ({"type": "array", "items": TEXT, "uniqueItems": True}, {"type": "array", "items": TEXT}),
    "xmax-unset": ({"type": "integer", "exclusiveMaximum": 4}, WHOLE),
    "xmin-unset": ({"type": "integer", "exclusiveMinimum": 4}, WHOLE),
    "inner-null": (obj({"a": {"type": ["string", "null"]}}), obj({"a": {"type": ["string"]}})),
    "inner-enum": (obj({"a": TEXT}), obj({"a": {**TEXT, "enum": ["a"]}})),
    "inner-list": (obj({"a": {"type": ["string", "integer", "boolean"]}}), obj({"a": {"type": ["string", "integer"]}})),
    "read-only": (obj({"a": TEXT}), obj({"a": {**TEXT, "readOnly": True}})),
    "read-only-req": (obj({"a": TEXT}, ("a",)), obj({"a": {**TEXT, "readOnly": True}}, ("a",))),
    "not-read-only": (obj({"a": {**TEXT, "readOnly": True}}), obj({"a": TEXT})),
    "not-read-only-req": (obj({"a": {**TEXT, "readOnly": True}}, ("a",)), obj({"a": TEXT}, ("a",))),
    "write-only": (obj({"a": TEXT}), obj({"a": {**TEXT, "writeOnly": True}})),
    "write-only-req": (obj({"a": TEXT}, ("a",)), obj({"a": {**TEXT, "writeOnly": True}}, ("a",))),
    "not-write-only": (obj({"a": {**TEXT, "writeOnly": True}}), obj({"a": TEXT})),
    "gone-soon": (obj({"a": {**TEXT, "deprecated": True, "x-sunset": "2099-01-01"}}, ("a",)), obj({})),
    "gone-told": (obj({"a": {**TEXT, "deprecated": True}}, ("a",)), obj({})),
    "sunset-back": (
        obj({"a": {**TEXT, "deprecated": True, "x-sunset": "2099-01-01"}}),
        obj({"a": {**TEXT, "deprecated": True}}),
    ),
    "sunset-earlier": (
        obj({"a": {**TEXT, "deprecated": True, "x-sunset": "2099-01-01"}}),
        obj({"a": {**TEXT, "deprecated": True, "x-sunset": "2098-01-01"}}),
    ),
}


def _parameters(*rows: dict[str, Any]) -> dict[str, Any]:
    return document({"parameters": list(rows)})


def _query(name: str = "q", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": TEXT, **more}


def _answers(**statuses: Any) -> dict[str, Any]:
    return document(
        {"responses": {status.lstrip("_"): {"description": "", **about} for status, about in statuses.items()}}
    )


def _body(schema: Any = TEXT, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    return document(
        {"requestBody": {"content": {media_type: {"schema": schema} if schema is not None else {}}, **more}}
    )


def _content(schema: Any = TEXT, media_type: str = "application/json") -> dict[str, Any]:
    return {"content": {media_type: {"schema": schema} if schema is not None else {}}}


PLAIN = document({})
TWO = {**PLAIN, "paths": {**PLAIN["paths"], "/b": {"get": {"responses": {}}}}}
BOTH = {**PLAIN, "paths": {"/a": {**PLAIN["paths"]["/a"], "get": {"responses": {}}}}}


def _going(**about: Any) -> dict[str, Any]:
    """`TWO` with `/b` deprecated."""
    return {**TWO, "paths": {**TWO["paths"], "/b": {"get": {"responses": {}, "deprecated": True, **about}}}}


def _going_beside(**about: Any) -> dict[str, Any]:
    return {**BOTH, "paths": {"/a": {**PLAIN["paths"]["/a"], "get": {"responses": {}, "deprecated": True, **about}}}}


def _gone_query(**about: Any) -> dict[str, Any]:
    return _parameters(_query(deprecated=True, **about))


def _prop(**about: Any) -> dict[str, Any]:
    return _body(obj({"p": {**TEXT, **about}}))


def _read(**about: Any) -> dict[str, Any]:
    return _answers(_200=_content(obj({"p": {**TEXT, **about}})))


def _secured(**scheme: Any) -> dict[str, Any]:
    return {**document({"security": [{"k": []}]}), "components": {"securitySchemes": {"k": scheme}}}


def _oauth(url: str) -> dict[str, Any]:
    return _secured(type="oauth2", flows={"clientCredentials": {"tokenUrl": url, "scopes": {}}})


SOON, LATER, PAST = "2026-12-01", "2099-01-01", "2020-01-01"
HOOK = {"webhooks": {"paid": {"post": {"responses": {"200": {"description": ""}}}}}}

# Each: old, new, days of grace, the rules that must tell it.
DOCUMENTS: dict[str, tuple[Any, Any, int, set[str]]] = {
    "operation removed": (BOTH, PLAIN, 0, {"api-removed-without-deprecation"}),
    "path removed": (TWO, PLAIN, 0, {"api-path-removed-without-deprecation"}),
    "operation removed, deprecated": (_going_beside(), PLAIN, 0, {"api-removed-with-deprecation"}),
    "path removed, deprecated": (_going(), PLAIN, 0, {"api-path-removed-with-deprecation"}),
    "operation removed too soon": (_going_beside(**{"x-sunset": LATER}), PLAIN, 0, {"api-removed-before-sunset"}),
    "path removed too soon": (_going(**{"x-sunset": LATER}), PLAIN, 0, {"api-path-removed-before-sunset"}),
    "path removed in time": (_going(**{"x-sunset": PAST}), PLAIN, 0, {"api-path-removed-with-deprecation"}),
    "path removed at no date": (_going(**{"x-sunset": "soon"}), PLAIN, 0, {"api-path-sunset-parse"}),
    "operation deprecated": (PLAIN, document({"deprecated": True}), 0, {"endpoint-deprecated"}),
    "operation deprecated with grace": (PLAIN, document({"deprecated": True}), 30, {"api-deprecated-sunset-missing"}),
    "operation deprecated until": (
        PLAIN,
        document({"deprecated": True, "x-sunset": LATER}),
        30,
        {"endpoint-deprecated-with-sunset"},
    ),
    "operation deprecated, no date": (
        PLAIN,
        document({"deprecated": True, "x-sunset": "soon"}),
        0,
        {"api-deprecated-sunset-parse"},
    ),
    "operation deprecated, too short": (
        PLAIN,
        document({"deprecated": True, "x-sunset": SOON}),
        30,
        {"api-sunset-date-too-small"},
    ),
    "operation is back": (document({"deprecated": True}), PLAIN, 0, {"endpoint-reactivated"}),
    "sunset taken back": (
        document({"deprecated": True, "x-sunset": LATER}),
        document({"deprecated": True}),
        0,
        {"sunset-deleted"},
    ),
    "sunset moved": (
        document({"deprecated": True, "x-sunset": LATER}),
        document({"deprecated": True, "x-sunset": SOON}),
        30,
        {"api-sunset-date-changed-too-small"},
    ),
    "stability fell": (
        document({"x-stability-level": "stable"}),
        document({"x-stability-level": "beta"}),
        0,
        {"api-stability-decreased"},
    ),
    "no such stability": (PLAIN, document({"x-stability-level": "solid"}), 0, {"api-invalid-stability-level"}),
    "operationId changed": (PLAIN, document({"operationId": "b"}), 0, {"api-operation-id-removed"}),
    "operation added": (PLAIN, TWO, 0, {"endpoint-added"}),
    "webhook removed": ({**PLAIN, **HOOK}, PLAIN, 0, {"webhook-removed"}),
    "base path moved": (
        {**PLAIN, "servers": [{"url": "/v1"}]},
        {**PLAIN, "servers": [{"url": "/v2"}]},
        0,
        {"base-path-changed"},
    ),
    "credentials needed": (PLAIN, document({"security": [{"key": []}]}), 0, {"api-security-anonymous-access-removed"}),
    "another key": (
        document({"security": [{"a": []}, {"b": []}]}),
        document({"security": [{"b": []}]}),
        0,
        {"api-security-removed"},
    ),
    "key elsewhere": (
        _secured(type="apiKey", name="key", **{"in": "header"}),
        _secured(type="apiKey", name="token", **{"in": "query"}),
        0,
        {"api-security-component-api-key-in-changed", "api-security-component-api-key-name-changed"},
    ),
    "key of another kind": (
        _secured(type="http", scheme="basic"),
        _secured(type="http", scheme="bearer"),
        0,
        {"api-security-component-http-scheme-changed"},
    ),
    "scheme of another type": (
        _secured(type="http", scheme="basic"),
        _secured(type="apiKey", name="key", **{"in": "header"}),
        0,
        {"api-security-component-type-changed"},
    ),
    "token from elsewhere": (
        _oauth("https://a.test"),
        _oauth("https://b.test"),
        0,
        {"api-security-component-oauth-token-url-changed"},
    ),
    "sunset earlier": (
        document({"deprecated": True, "x-sunset": LATER}),
        document({"deprecated": True, "x-sunset": "2098-01-01"}),
        0,
        {"api-sunset-date-changed-earlier"},
    ),
    "parameter's sunset earlier": (
        _gone_query(**{"x-sunset": LATER}),
        _gone_query(**{"x-sunset": "2098-01-01"}),
        0,
        {"request-parameter-sunset-date-changed-earlier"},
    ),
    "property's sunset moved": (
        _prop(deprecated=True, **{"x-sunset": LATER}),
        _prop(deprecated=True, **{"x-sunset": SOON}),
        30,
        {"request-property-sunset-date-changed-too-small"},
    ),
    "answered property's sunset moved": (
        _read(deprecated=True, **{"x-sunset": LATER}),
        _read(deprecated=True, **{"x-sunset": SOON}),
        30,
        {"response-property-sunset-date-changed-too-small"},
    ),
    "scope needed": (
        document({"security": [{"o": ["a"]}]}),
        document({"security": [{"o": ["a", "b"]}]}),
        0,
        {"api-security-scope-added"},
    ),
    "parameter added": (PLAIN, _parameters(_query()), 0, {"new-optional-request-parameter"}),
    "required parameter added": (PLAIN, _parameters(_query(required=True)), 0, {"new-required-request-parameter"}),
    "parameter removed": (_parameters(_query()), PLAIN, 0, {"request-parameter-removed"}),
    "parameter removed, deprecated": (_gone_query(), PLAIN, 0, {"request-parameter-removed-with-deprecation"}),
    "parameter removed too soon": (
        _gone_query(**{"x-sunset": LATER}),
        PLAIN,
        0,
        {"request-parameter-removed-before-sunset"},
    ),
    "parameter removed at no date": (_gone_query(**{"x-sunset": "soon"}), PLAIN, 0, {"request-parameter-sunset-parse"}),
    "parameter required": (
        _parameters(_query()),
        _parameters(_query(required=True)),
        0,
        {"request-parameter-became-required"},
    ),
    "parameter deprecated": (_parameters(_query()), _gone_query(), 0, {"request-parameter-deprecated"}),
    "parameter deprecated with grace": (
        _parameters(_query()),
        _gone_query(),
        30,
        {"request-parameter-deprecated-sunset-missing"},
    ),
    "parameter deprecated, too short": (
        _parameters(_query()),
        _gone_query(**{"x-sunset": SOON}),
        30,
        {"request-parameter-sunset-date-too-small"},
    ),
    "parameter's sunset taken back": (
        _gone_query(**{"x-sunset": LATER}),
        _gone_query(),
        0,
        {"request-parameter-sunset-deleted"},
    ),
    "parameter's sunset moved": (
        _gone_query(**{"x-sunset": LATER}),
        _gone_query(**{"x-sunset": SOON}),
        30,
        {"request-parameter-sunset-date-changed-too-small"},
    ),
    "parameter is back": (_gone_query(), _parameters(_query()), 0, {"request-parameter-reactivated"}),
    "parameter in another style": (
        _parameters(_query()),
        _parameters(_query(style="pipeDelimited")),
        0,
        {"request-parameter-style-changed"},
    ),
    "path parameter renamed": (
        document({"parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}]}, "/a/{id}"),
        document({"parameters": [{"name": "number", "in": "path", "required": True, "schema": TEXT}]}, "/a/{number}"),
        0,
        set(),
    ),
    "path parameter told": (
        document({}, "/a/{id}"),
        document({"parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}]}, "/a/{id}"),
        0,
        {"new-request-path-parameter"},
    ),
    "header's property required": (
        holding("request-header", obj({"a": TEXT})),
        holding("request-header", obj({"a": TEXT}, ("a",))),
        0,
        {"request-header-property-became-required"},
    ),
    "header's property added": (
        holding("request-header", obj({})),
        holding("request-header", obj({"a": TEXT}, ("a",))),
        0,
        {"new-required-request-header-property"},
    ),
    "header enumerated": (
        holding("request-header", TEXT),
        holding("request-header", {**TEXT, "enum": ["a"]}),
        0,
        {"request-parameter-became-enum"},
    ),
    "body added": (PLAIN, _body(), 0, {"request-body-added-optional"}),
    "required body added": (PLAIN, _body(required=True), 0, {"request-body-added-required"}),
    "body removed": (_body(), PLAIN, 0, {"request-body-removed"}),
    "body required": (_body(), _body(required=True), 0, {"request-body-became-required"}),
    "body's media type changed": (
        _body(),
        _body(media_type="text/csv"),
        0,
        {"request-body-media-type-removed", "request-body-media-type-added"},
    ),
    "body described": (_body(None), _body(), 0, {"request-body-media-type-schema-added"}),
    "body no longer described": (_body(), _body(None), 0, {"request-body-media-type-schema-removed"}),
    "property deprecated with grace": (
        _prop(),
        _prop(deprecated=True),
        30,
        {"request-property-deprecated-sunset-missing"},
    ),
    "property deprecated, too short": (
        _prop(),
        _prop(deprecated=True, **{"x-sunset": SOON}),
        30,
        {"request-property-sunset-date-too-small"},
    ),
    "property is back": (_prop(deprecated=True), _prop(), 0, {"request-property-reactivated"}),
    "answered property deprecated with grace": (
        _read(),
        _read(deprecated=True),
        30,
        {"response-property-deprecated-sunset-missing"},
    ),
    "answered property deprecated, too short": (
        _read(),
        _read(deprecated=True, **{"x-sunset": SOON}),
        30,
        {"response-property-sunset-date-too-small"},
    ),
    "answered property is back": (_read(deprecated=True), _read(), 0, {"response-property-reactivated"}),
    "kinds told apart otherwise": (
        _body({"oneOf": [obj({"k": TEXT})], "discriminator": {"propertyName": "k"}}),
        _body({"oneOf": [obj({"k": TEXT})], "discriminator": {"propertyName": "j"}}),
        0,
        {"request-body-discriminator-property-name-changed"},
    ),
    "status removed": (_answers(_200={}, _201={}), _answers(_200={}), 0, {"response-success-status-removed"}),
    "error status removed": (_answers(_200={}, _404={}), _answers(_200={}), 0, {"response-non-success-status-removed"}),
    "status added": (_answers(_200={}), _answers(_200={}, _202={}), 0, {"response-success-status-added"}),
    "error status added": (_answers(_200={}), _answers(_200={}, _503={}), 0, {"response-non-success-status-added"}),
    "answer's media type changed": (
        _answers(_200=_content()),
        _answers(_200=_content(media_type="text/csv")),
        0,
        {"response-media-type-removed", "response-media-type-added"},
    ),
    "answer described": (
        _answers(_200=_content(None)),
        _answers(_200=_content()),
        0,
        {"response-body-media-type-schema-added"},
    ),
    "answer no longer described": (
        _answers(_200=_content()),
        _answers(_200=_content(None)),
        0,
        {"response-body-media-type-schema-removed"},
    ),
    "required header removed": (
        _answers(_200={"headers": {"h": {"required": True, "schema": TEXT}}}),
        _answers(_200={}),
        0,
        {"required-response-header-removed"},
    ),
    "header removed": (
        _answers(_200={"headers": {"h": {"schema": TEXT}}}),
        _answers(_200={}),
        0,
        {"optional-response-header-removed"},
    ),
    "header optional": (
        _answers(_200={"headers": {"h": {"required": True, "schema": TEXT}}}),
        _answers(_200={"headers": {"h": {"schema": TEXT}}}),
        0,
        {"response-header-became-optional"},
    ),
    "header added": (
        _answers(_200={}),
        _answers(_200={"headers": {"h": {"schema": TEXT}}}),
        0,
        {"response-header-added"},
    ),
}

_LIST, _TEXTS = {"type": "array"}, {"type": "array", "items": TEXT}
_MAP, _TEXT_MAP = {"type": "object"}, {"type": "object", "additionalProperties": TEXT}
_ADDED = {"request-body", "request-property", "request-parameter"}
_REMOVED = {"response-body", "response-property", "response-header"}
_LEAST = {"type": "integer", "minimum": 3}
_MORE_THAN = {**_LEAST, "exclusiveMinimum": True}
_PART = {"allOf": [obj({"a": TEXT})]}
_NEEDED = {"allOf": [obj({"a": TEXT}, ("a",))]}

# As SCHEMAS, with the rule's last part where it is told; oasdiff was not asked about these.
SINCE: dict[str, tuple[Any, Any, set[str]]] = {
    "items-added": (_LIST, _TEXTS, {f"{place}-items-schema-added" for place in _ADDED}),
    "items-removed": (_TEXTS, _LIST, {f"{place}-items-schema-removed" for place in _REMOVED}),
    "items-explained": (_LIST, {**_LIST, "items": {"description": "anything", "x-a": 1}}, set()),
    "addl-added": (_MAP, _TEXT_MAP, {f"{place}-additional-properties-schema-added" for place in _ADDED}),
    "addl-removed": (_TEXT_MAP, _MAP, {f"{place}-additional-properties-schema-removed" for place in _REMOVED}),
    "addl-true": (_MAP, {**_MAP, "additionalProperties": True}, set()),
    "addl-opened": ({**_MAP, "additionalProperties": False}, _TEXT_MAP, set()),
    "addl-closed": (
        _TEXT_MAP,
        {**_MAP, "additionalProperties": False},
        {f"{place}-additional-properties-forbidden" for place in _ADDED},
    ),
    "xmin-true": (
        _LEAST,
        _MORE_THAN,
        {f"{place}-exclusive-min-set" for place in _ADDED | _REMOVED},
    ),
    "xmin-false": (
        _MORE_THAN,
        _LEAST,
        {f"{place}-exclusive-min-unset" for place in _ADDED | _REMOVED},
    ),
    "xmin-as-3.1": (_MORE_THAN, {"type": "integer", "exclusiveMinimum": 3}, set()),
    "xmin-tighter": (
        _LEAST,
        {"type": "integer", "exclusiveMinimum": 4},
        {f"{p}-exclusive-min-set" for p in _ADDED | _REMOVED},
    ),
    "xmin-looser": (_LEAST, {"type": "integer", "exclusiveMinimum": 2}, {f"{p}-min-unset" for p in _ADDED | _REMOVED}),
    "req-composed": (
        _PART,
        {**_PART, "required": ["a"]},
        {"request-property-became-required", "request-parameter-property-became-required"},
    ),
    "opt-composed": ({**_PART, "required": ["a"]}, _PART, {"response-property-became-optional"}),
    "req-undescribed": (
        _MAP,
        {**_MAP, "required": ["a"]},
        {"request-property-became-required", "request-parameter-property-became-required"},
    ),
    "opt-undescribed": ({**_MAP, "required": ["a"]}, _MAP, {"response-property-became-optional"}),
    "req-moved-out": (_NEEDED, {**_PART, "required": ["a"]}, set()),
    "req-moved-in": ({**_PART, "required": ["a"]}, _NEEDED, set()),
}
INNER = {
    "items-added": "request-parameter-property-items-schema-added",
    "addl-added": "request-parameter-property-additional-properties-schema-added",
}
