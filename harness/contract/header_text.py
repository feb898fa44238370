"""What the text of a header stands for (OpenAPI, style `simple`). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from harness.contract.description import resolve

Read = Callable[[str], object]
_DEPTH = 8
_DELIMITERS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}  # OpenAPI 2.0, `collectionFormat`
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")


def reader_of(document: Mapping[str, Any], schema: Any, depth: int = _DEPTH) -> Read | None:
    """How text is read, by the types that the schema allows; None for objects, which are not judged."""
    schema = resolve(document, schema)
    kinds = _kinds(document, schema, depth)
    if "object" in kinds or depth == 0:
        return None
    if "array" in kinds and isinstance(schema, dict):
        delimiter = _DELIMITERS.get(str(schema.get("collectionFormat", "csv")))
        each = reader_of(document, schema.get("items"), depth - 1)
        return partial(_listed, delimiter, each) if delimiter and each else None
    return _itself if "string" in kinds else partial(_meant, kinds)


def _kinds(document: Mapping[str, Any], schema: Any, depth: int) -> frozenset[str]:
    """Those of its alternatives where it names none of its own; text where nobody names one."""
    schema = resolve(document, schema)
    if not isinstance(schema, dict) or depth == 0:
        return frozenset({"string"})
    kinds = schema.get("type")
    if kinds is not None:
        return frozenset(kinds if isinstance(kinds, list) else [str(kinds)])
    inner = [one for keyword in _ALTERNATIVES for one in schema.get(keyword) or ()]
    found = frozenset(kind for one in inner for kind in _kinds(document, one, depth - 1))
    return found or frozenset({"string"})


def _itself(text: str) -> object:
    return text


def _listed(delimiter: str, each: Read, text: str) -> object:
    """White space around an element is no part of it (RFC 9110, section 5.6.1)."""
    return [each(element.strip()) for element in text.split(delimiter)] if text else []


def _meant(kinds: frozenset[str], text: str) -> object:
    """The first of its types that the text can be; else the text, which breaks the schema."""
    lower = text.lower()
    if "null" in kinds and lower == "null":
        return None
    if "boolean" in kinds and lower in ("true", "false"):
        return lower == "true"
    if not text.isascii() or "_" in text:  # Python reads more numbers than others do
        return text
    for kind, read in (("integer", int), ("number", float)):
        if kind in kinds:
            try:
                return read(text)
            except ValueError:
                continue
    return text
