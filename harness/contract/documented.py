"""Where in the document an operation's answers are described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.description import each_operation, operation_name, resolve


@dataclass(frozen=True, slots=True)
class Documented:
    """Where an operation's `responses` stand in the document, what they are, and what it produces (OpenAPI 2.0)."""

    place: tuple[str, ...]
    responses: Mapping[str, Any]
    produces: tuple[str, ...]


def documented(document: Mapping[str, Any], base_path: str) -> dict[str, Documented]:
    """By operation."""
    found: dict[str, Documented] = {}
    for path, method, about in each_operation(document):
        if not isinstance(about, dict):
            continue
        name = operation_name(method, base_path + path, about)
        responses = resolve(document, about.get("responses"))
        kept = (
            {str(k): v for k, v in responses.items() if not str(k).startswith("x-")}
            if isinstance(responses, dict)
            else {}
        )
        produces = about.get("produces") or document.get("produces")
        media_types = tuple(str(one) for one in produces) if isinstance(produces, list) else ()
        found[name] = Documented(("paths", path, method, "responses"), kept, media_types)
    return found
