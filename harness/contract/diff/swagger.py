"""OpenAPI 2.0 in the shape of 3: what is sent stands under `requestBody`, what is answered under media types.

Nothing is moved: what 3 has elsewhere is added, as references to where it stands. So references go on leading where they led, and what is told
of a document stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.description import METHODS
from harness.contract.diff.media_types import UNSAID
from harness.contract.diff.node import Node

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_BINARY = {"type": "string", "format": "binary"}  # what 3 calls `type: file`
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_FLOW_KEYS = ("authorizationUrl", "tokenUrl", "scopes")


def in_the_shape_of_3(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document itself where it is no OpenAPI 2.0."""
    if "swagger" not in document:
        return document
    root = Node(document, (), document)
    paths = {path: _path_item(root, str(path)) for path in root["paths"].mapping}
    return {**document, "paths": paths}


def scheme_in_the_shape_of_3(scheme: Mapping[str, Any]) -> Mapping[str, Any]:
    """A security definition of 2.0: `basic` is a scheme of HTTP, and the one flow is one of several."""
    if scheme.get("type") == "basic":
        return {**scheme, "type": "http", "scheme": "basic"}
    flow = scheme.get("flow")
    if scheme.get("type") == "oauth2" and isinstance(flow, str):
        about = {key: scheme[key] for key in _FLOW_KEYS if key in scheme}
        return {"type": "oauth2", "flows": {_FLOWS.get(flow, flow): about}}
    return scheme


def standing(document: Mapping[str, Any], place: tuple[str, ...]) -> tuple[str, ...]:
    """As much of a place as is in the document as it was written."""
    value: Any = document
    for depth, step in enumerate(place):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return place[:depth]
    return place


def _path_item(root: Node, path: str) -> Any:
    written, item = root["paths"].mapping[path], root["paths"][path]
    if not isinstance(written, dict):
        return written
    operations = {method: _operation(root, item, item[method]) for method in METHODS if item[method].mapping}
    return {**written, **operations}


def _operation(root: Node, item: Node, operation: Node) -> dict[str, Any]:
    about = dict(operation.mapping)
    body = _request_body(root, item, operation)
    if body is not None:
        about["requestBody"] = body
    responses = operation["responses"]
    if responses.mapping:
        types = _said(root, operation, "produces")
        answers = {status: _answer(written, responses[str(status)], types) for status, written in _answers(responses)}
        about["responses"] = {**responses.mapping, **answers}
    return about


def _answers(responses: Node) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((str(status), one) for status, one in responses.mapping.items() if isinstance(one, dict))


def _answer(written: dict[str, Any], response: Node, types: tuple[str, ...]) -> dict[str, Any]:
    """What has no schema has no body."""
    if not response["schema"].there:
        return written
    schema = _reference((*response.place, "schema"))
    if response["schema"].text("type") == "file":
        schema |= _BINARY
    return {**written, "content": {name: {"schema": schema} for name in types}}


def _request_body(root: Node, item: Node, operation: Node) -> dict[str, Any] | None:
    sent = _sent(item, operation)
    types = _said(root, operation, "consumes")
    for (place, _), node in sent.items():
        if place == "body":
            schema = {"schema": _reference((*node.place, "schema"))} if node["schema"].there else {}
            return {**_reference(node.place), "content": dict.fromkeys(types, schema)}
    return _form({name: node for (_, name), node in sent.items()}, types) if sent else None


def _sent(item: Node, operation: Node) -> dict[tuple[str, str], Node]:
    """Parameters that travel in a body; an operation's own ones in the place of its path's."""
    found: dict[tuple[str, str], Node] = {}
    for holder in (item, operation):
        bodies = [one for one in holder["parameters"].elements() if one.text("in") in ("body", "formData")]
        if any(one.text("in") == "body" for one in (*found.values(), *bodies)) and bodies:
            found = {}  # there is one body at most
        found |= {(one.text("in"), one.text("name")): one for one in bodies}
    return found


def _form(fields: Mapping[str, Node], types: tuple[str, ...]) -> dict[str, Any]:
    files = {name for name, node in fields.items() if node.text("type") == "file"}
    said = [name for name in types if name.partition(";")[0].strip().lower() in FORMS]
    needed = [name for name, node in fields.items() if node.mapping.get("required") is True]
    properties = {name: _reference(node.place) | (_BINARY if name in files else {}) for name, node in fields.items()}
    schema = {"type": "object", "properties": properties, "required": needed}
    content = {name: {"schema": schema} for name in said or [FORMS[1] if files else FORMS[0]]}
    return {"required": bool(needed), "content": content}


def _said(root: Node, operation: Node, keyword: str) -> tuple[str, ...]:
    """The media types of an operation: its own, else the document's."""
    types = operation.mapping.get(keyword, root.mapping.get(keyword))
    return tuple(one for one in types if isinstance(one, str)) or (UNSAID,) if isinstance(types, list) else (UNSAID,)


def _reference(place: tuple[str, ...]) -> dict[str, Any]:
    return {"$ref": "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in place)}
