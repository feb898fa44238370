"""What of an example no schema speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.description import resolve

MAX_DEPTH = 24
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")


def undocumented_fields(document: Mapping[str, Any], schema: Any, value: Any) -> list[str]:
    """Paths such as `/items/*/colour`, in their order, each once. A schema that says nothing of properties allows all of them, and
    that is its word; one that names some documents just those, whatever `additionalProperties` lets pass by default."""
    return list(dict.fromkeys(_unspoken(document, [schema], value, "", MAX_DEPTH)))


def _unspoken(document: Mapping[str, Any], schemas: list[Any], value: Any, place: str, depth: int) -> Iterator[str]:
    if depth == 0 or not isinstance(value, dict | list):
        return
    known = list(_flat(document, schemas, MAX_DEPTH))
    if isinstance(value, list):
        inner = [one["items"] for one in known if isinstance(one.get("items"), dict)]
        for element in value if inner else ():
            yield from _unspoken(document, inner, element, f"{place}/*", depth - 1)
        return
    named = [one for one in known if isinstance(one.get("properties"), dict) and one["properties"]]
    if not named and not any(_is_closed(one) for one in known):
        wild = [one["additionalProperties"] for one in known if isinstance(one.get("additionalProperties"), dict)]
        for key, element in value.items() if wild else ():
            yield from _unspoken(document, wild, element, f"{place}/{key}", depth - 1)
        return
    for key, element in value.items():
        spoken = list(_of_key(known, key))
        if not spoken:
            yield f"{place}/{key}"
        else:
            yield from _unspoken(document, spoken, element, f"{place}/{key}", depth - 1)


def _flat(document: Mapping[str, Any], schemas: list[Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """The schemas with all alternatives, references followed: what any of them names is documented."""
    for written in schemas:
        one = resolve(document, written)
        if not isinstance(one, dict) or depth == 0:
            continue
        yield one
        for keyword in _ALTERNATIVES:
            inner = one.get(keyword)
            if isinstance(inner, list):
                yield from _flat(document, inner, depth - 1)
        yield from _flat(document, [one[k] for k in ("then", "else") if k in one], depth - 1)


def _of_key(known: list[Mapping[str, Any]], key: str) -> Iterator[Any]:
    for one in known:
        properties, patterns, others = (one.get(k) for k in ("properties", "patternProperties", "additionalProperties"))
        if isinstance(properties, dict) and key in properties:
            yield properties[key]
        for pattern, about in patterns.items() if isinstance(patterns, dict) else ():
            if _matches(pattern, key):
                yield about
        if isinstance(others, dict) and not (isinstance(properties, dict) and key in properties):
            yield others


def _matches(pattern: str, key: str) -> bool:
    try:
        return re.search(pattern, key) is not None
    except re.error:
        return True  # not Python's dialect: give it the benefit


def _is_closed(one: Mapping[str, Any]) -> bool:
    return one.get("additionalProperties") is False
