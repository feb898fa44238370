"""What of a description was exercised beyond operations and statuses: parameters, body fields, media types.

Items are texts: `parameter query limit`, `field request /quantity`, `field 200 /items/*/id`, `media type 200 application/json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness.contract.coverage import written_as
from harness.contract.description import Description, each_operation, operation_name, resolve
from harness.contract.grading import content_type_signature

MAX_DEPTH = 6
MAX_FIELDS = 2_000  # an operation; a schema that refers to itself has no end
MAX_BODY = 200_000
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_BODIES = ("body", "formData")


def documented_items(description: Description) -> dict[str, frozenset[str]]:
    """Per operation, all that could be exercised."""
    places = _places_of(description)
    return {name: _items_at(description, place) for name, place in places.items()}


_Place = tuple[str, Mapping[str, Any]]  # a path as written, and the operation object


def _places_of(description: Description) -> dict[str, _Place]:
    return {
        operation_name(method, description.base_path + path, about): (path, about)
        for path, method, about in each_operation(description.document)
        if isinstance(about, dict)
    }


def _items_at(description: Description, place: _Place) -> frozenset[str]:
    document, (path, about) = description.document, place
    return frozenset(_items(document, resolve(document, document["paths"][path]), about))


def _items(document: Mapping[str, Any], item: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[str]:
    for parameter in _parameters(document, item, about):
        place, name = str(parameter.get("in")), str(parameter.get("name"))
        if place in _BODIES:
            yield from _fields(document, "request", parameter.get("schema"))
        else:
            yield f"parameter {place} {name.lower() if place == 'header' else name}"
    yield from _content(document, "request", resolve(document, about.get("requestBody")))
    responses = resolve(document, about.get("responses"))
    for status, answer in responses.items() if isinstance(responses, dict) else ():
        if not str(status).startswith("x-"):
            answer = resolve(document, answer)
            yield from _content(document, str(status), answer)
            if isinstance(answer, dict) and "schema" in answer:
                yield from _fields(document, str(status), answer["schema"])


def _parameters(
    document: Mapping[str, Any], item: Mapping[str, Any], about: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    for holder in (item, about):
        listed = holder.get("parameters")
        for one in listed if isinstance(listed, list) else ():
            parameter = resolve(document, one)
            if isinstance(parameter, dict):
                yield parameter


def _content(document: Mapping[str, Any], part: str, holder: Any) -> Iterator[str]:
    content = holder.get("content") if isinstance(holder, dict) else None
    for media_type, about in content.items() if isinstance(content, dict) else ():
        yield f"media type {part} {content_type_signature(media_type)}"
        if isinstance(about, dict):
            yield from _fields(document, part, about.get("schema"))


def _fields(document: Mapping[str, Any], part: str, schema: Any) -> Iterator[str]:
    found: dict[str, None] = {}
    for place in _places(document, schema, "", MAX_DEPTH):
        found[place] = None
        if len(found) >= MAX_FIELDS:
            break
    for place in found:
        yield f"field {part} {place}"


def _places(document: Mapping[str, Any], schema: Any, place: str, depth: int) -> Iterator[str]:
    schema = resolve(document, schema)
    if not isinstance(schema, dict) or depth == 0:
        return
    properties = schema.get("properties")
    for name, about in properties.items() if isinstance(properties, dict) else ():
        yield f"{place}/{name}"
        yield from _places(document, about, f"{place}/{name}", depth - 1)
    yield from _places(document, schema.get("items"), f"{place}/*", depth - 1)
    for keyword in _ALTERNATIVES:
        inner = schema.get(keyword)
        for one in inner if isinstance(inner, list) else ():
            yield from _places(document, one, place, depth - 1)


class Exercise:
    """Collects what requests and answers exercised; each item is told once.

    What an operation documents is read when it is first met: in a description of 9 MB, reading all takes seconds.
    """

    def __init__(self, description: Description) -> None:
        self._description = description
        self._places = _places_of(description)
        self._documented: dict[str, frozenset[str]] = {}
        self._statuses: dict[str, tuple[str, ...]] = {}
        self._told: dict[str, set[str]] = {}
        self._new: dict[str, set[str]] = {}

    def note(
        self,
        operation: str,
        *,
        url: str,
        request_headers: Mapping[str, str],
        request_body: bytes,
        status: int,
        content_type: str,
        body: bytes,
    ) -> None:
        """One request with its answer; `status` is 0 where none is known. Header names in any case."""
        documented = self._documented_of(operation)
        if not documented:
            return
        told = self._told.setdefault(operation, set())
        if len(told) == len(documented):
            return
        found = set(_sent(url, request_headers, request_body))
        found |= {item for item in documented if item.startswith("parameter path ")}
        if status:
            part = written_as(status, self._statuses[operation]) or str(status)
            found.add(f"media type {part} {content_type_signature(content_type)}")
            found |= {f"field {part} {place}" for place in places_in(body)}
        fresh = (found & documented) - told
        if fresh:
            told |= fresh
            self._new.setdefault(operation, set()).update(fresh)

    def _documented_of(self, operation: str) -> frozenset[str]:
        found = self._documented.get(operation)
        if found is None:
            place = self._places.get(operation)
            found = self._documented[operation] = _items_at(self._description, place) if place else frozenset()
            opens = {item.split(" ")[-2] for item in found if not item.startswith("parameter")}
            self._statuses[operation] = tuple(opens - {"request"})
        return found

    def drain(self) -> list[dict[str, object]]:
        """Rows of what is new since the last call."""
        rows: list[dict[str, object]] = [
            {"kind": "exercised", "operation": name, "items": sorted(items)} for name, items in self._new.items()
        ]
        self._new = {}
        return rows


def _sent(url: str, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        yield f"parameter query {name}"
        yield f"parameter query {name.partition('[')[0]}"
    content_type = ""
    for name, value in headers.items():
        yield f"parameter header {name.lower()}"
        if name.lower() == "content-type":
            content_type = value
        elif name.lower() == "cookie":
            for pair in value.split(";"):
                yield f"parameter cookie {pair.partition('=')[0].strip()}"
    if body:
        yield f"media type request {content_type_signature(content_type or 'application/json')}"
        for place in places_in(body):
            yield f"field request {place}"


def places_in(body: bytes | Any) -> Iterable[str]:
    """`/items/*/id` and all above it, of a JSON body; nothing of any other."""
    value = body
    if isinstance(body, bytes):
        if not body or len(body) > MAX_BODY or body[:1] not in (b"{", b"["):
            return ()
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return ()
    return dict.fromkeys(_inside(value, "", MAX_DEPTH))


def _inside(value: Any, place: str, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{place}/{key}"
            yield from _inside(inner, f"{place}/{key}", depth - 1)
    elif isinstance(value, list):
        for inner in value[:50]:
            yield from _inside(inner, f"{place}/*", depth - 1)
