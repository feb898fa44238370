"""Links between operations: which value of an answer is which parameter of the next request (OpenAPI 3, Link Object)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.description import Description, each_operation, operation_name, resolve
from harness.model.call import Taken

__all__ = ["links_into"]

_EXPRESSION = re.compile(r"\$response\.(?:body#(?P<pointer>(?:/.*)?)|header\.(?P<header>[A-Za-z0-9!#$%&'*+.^_`|~-]+))$")


def links_into(description: Description) -> Mapping[str, Mapping[str, Taken]]:
    """Operation -> path parameter -> where its value is to be taken from; the first link that gives it counts.

    A link of an operation to itself says nothing of how to come by the first value, and is left out.
    """
    found: dict[str, dict[str, Taken]] = {}
    for source, status, link in _links(description):
        target = _target(description, link)
        if target is None or target == source:
            continue
        parameters = link.get("parameters")
        for written, expression in parameters.items() if isinstance(parameters, dict) else ():
            place, _, name = str(written).rpartition(".")
            match = _EXPRESSION.match(expression) if isinstance(expression, str) else None
            if place in ("", "path") and match:
                taken = Taken(
                    call=source, statuses=(status,), pointer=match["pointer"] or "", header=match["header"] or ""
                )
                found.setdefault(target, {}).setdefault(name, taken)
    return found


def _links(description: Description) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every (operation, status as written, link)."""
    document = description.document
    for path, method, about in each_operation(document):
        if not isinstance(about, dict) or not isinstance(about.get("responses"), dict):
            continue
        name = operation_name(method, description.base_path + path, about)
        for status, response in about["responses"].items():
            answer = resolve(document, response)
            links = answer.get("links") if isinstance(answer, dict) else None
            for written in links.values() if isinstance(links, dict) else ():
                link = resolve(document, written)
                if isinstance(link, dict):
                    yield name, str(status), link


def _target(description: Description, link: Mapping[str, Any]) -> str | None:
    """The name of the operation that a link leads to; None where it leads out of the document."""
    named = link.get("operationId")
    if isinstance(named, str):
        return named
    reference = link.get("operationRef")
    if isinstance(reference, str) and reference.startswith("#/paths/"):
        path, _, method = reference.removeprefix("#/paths/").rpartition("/")
        template = description.base_path + path.replace("~1", "/").replace("~0", "~")
        wanted = f"{method.upper()} {template}"
        return next((one.name for one in description.operations if one.route == wanted), None)
    return None
